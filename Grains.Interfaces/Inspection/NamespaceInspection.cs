namespace MetaCollector.Grains.Interfaces.Inspection;

/// <summary>What the grain of a namespace holds. Immutable.</summary>
[GenerateSerializer, Immutable, Alias("MetaCollector.NamespaceInspection")]
public sealed record NamespaceInspection
{
    /// <summary>How far it has followed the leader.</summary>
    [Id(0)] public Position Position { get; init; }

    /// <summary>The kinds that the leader could read.</summary>
    [Id(1)] public KindSet Watched { get; init; }

    /// <summary>How many resources it holds.</summary>
    [Id(2)] public int Count { get; init; }

    /// <summary>The resources, pods last; no more than <see cref="InspectionLimits.Resources"/>.</summary>
    [Id(3)] public EquatableArray<PlacedResource> Resources { get; init; } = [];

    /// <summary>How many nodes have a slice of this namespace.</summary>
    [Id(4)] public int NodeCount { get; init; }
}

/// <summary>A resource and the nodes that it is related to. Immutable.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Uid">Its uid.</param>
/// <param name="Name">Its name.</param>
/// <param name="Nodes">Some of the nodes.</param>
/// <param name="NodeCount">How many there are.</param>
[GenerateSerializer, Immutable, Alias("MetaCollector.PlacedResource")]
public sealed record PlacedResource(
    [property: Id(0)] ResourceKind Kind, [property: Id(1)] Uid Uid, [property: Id(2)] string Name,
    [property: Id(3)] EquatableArray<string> Nodes, [property: Id(4)] int NodeCount);
