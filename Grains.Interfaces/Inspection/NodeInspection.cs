namespace MetaCollector.Grains.Interfaces.Inspection;

/// <summary>What the grain of a node holds. Immutable.</summary>
[GenerateSerializer, Immutable, Alias("MetaCollector.NodeInspection")]
public sealed record NodeInspection
{
    /// <summary>Whether every slice has reached the position that the leader named; no stream of the node begins before.</summary>
    [Id(0)] public bool IsComplete { get; init; }

    /// <summary>Its slices, one for each namespace.</summary>
    [Id(1)] public EquatableArray<HeldSlice> Slices { get; init; } = [];

    /// <summary>How many gateways are subscribed: one for each replica with streams of the node.</summary>
    [Id(2)] public int Gateways { get; init; }
}

/// <summary>A node's slice of one namespace. Immutable.</summary>
/// <param name="Namespace">Name of the namespace.</param>
/// <param name="Position">How far it is.</param>
/// <param name="Awaited">The position that it must reach before the node is complete; <see cref="Positions.Position.None"/> afterwards.</param>
/// <param name="Count">How many resources it has.</param>
[GenerateSerializer, Immutable, Alias("MetaCollector.HeldSlice")]
public sealed record HeldSlice(
    [property: Id(0)] string Namespace, [property: Id(1)] Position Position, [property: Id(2)] Position Awaited, [property: Id(3)] int Count);
