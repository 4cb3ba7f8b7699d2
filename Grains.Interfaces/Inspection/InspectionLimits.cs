namespace MetaCollector.Grains.Interfaces.Inspection;

/// <summary>How much an inspection tells at most: who asks about a large cluster gets an answer that can be read, and costs little.</summary>
public static class InspectionLimits
{
    /// <summary>Resources of a node, or of a namespace.</summary>
    public const int Resources = 1000;

    /// <summary>Pods that are named for one resource, and nodes that are.</summary>
    public const int NamesEach = 10;

    /// <summary>Nodes, and streams, of a whole list.</summary>
    public const int Names = 50;

    /// <summary>Streams of one node on one replica.</summary>
    public const int StreamsOfANode = 20;
}
