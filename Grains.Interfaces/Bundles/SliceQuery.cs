namespace MetaCollector.Grains.Interfaces.Bundles;

/// <summary>A node's question to a namespace whether the node's slice is current. Immutable.</summary>
/// <param name="Namespace">Name of the namespace.</param>
/// <param name="Node">Name of the node.</param>
/// <param name="Held">The position that the node holds of this namespace.</param>
/// <param name="AtLeast">The position that the leader named for this slice, which the node has to reach; <see cref="Position.None"/> for none.</param>
[GenerateSerializer, Immutable, Alias("MetaCollector.SliceQuery")]
public readonly record struct SliceQuery(
    [property: Id(0)] string Namespace, [property: Id(1)] string Node, [property: Id(2)] Position Held, [property: Id(3)] Position AtLeast);
