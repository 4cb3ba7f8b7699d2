namespace MetaCollector.Grains.Interfaces.Inspection;

/// <summary>What the grain of a namespace relates to one node, and why. Immutable.</summary>
[GenerateSerializer, Immutable, Alias("MetaCollector.SliceInspection")]
public sealed record SliceInspection
{
    /// <summary>How far the namespace has followed the leader.</summary>
    [Id(0)] public Position Position { get; init; }

    /// <summary>The position that the node acknowledged; <see cref="Positions.Position.None"/> if it was sent nothing.</summary>
    [Id(1)] public Position Acknowledged { get; init; }

    /// <summary>How many resources are related.</summary>
    [Id(2)] public int Count { get; init; }

    /// <summary>The resources; no more than <see cref="InspectionLimits.Resources"/>.</summary>
    [Id(3)] public EquatableArray<RelatedResource> Resources { get; init; } = [];
}

/// <summary>A resource that is related to a node, and the pods because of which it is. Immutable.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Uid">Its uid.</param>
/// <param name="Name">Its name.</param>
/// <param name="Pods">Names of some of the pods.</param>
/// <param name="PodCount">How many there are.</param>
[GenerateSerializer, Immutable, Alias("MetaCollector.RelatedResource")]
public sealed record RelatedResource(
    [property: Id(0)] ResourceKind Kind, [property: Id(1)] Uid Uid, [property: Id(2)] string Name,
    [property: Id(3)] EquatableArray<string> Pods, [property: Id(4)] int PodCount);
