namespace MetaCollector.Grains.Interfaces.Inspection;

/// <summary>Largest numbers of items in an inspection, so that the answer stays short and cheap in a large cluster.</summary>
public static class InspectionLimits
{
    /// <summary>Resources of a node or of a namespace.</summary>
    public const int Resources = 1000;

    /// <summary>Names of pods, or of nodes, listed for one resource.</summary>
    public const int NamesEach = 10;

    /// <summary>Nodes or streams of a whole list.</summary>
    public const int Names = 50;

    /// <summary>Streams of one node on one replica.</summary>
    public const int StreamsOfANode = 20;
}
