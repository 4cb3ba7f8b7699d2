namespace MetaCollector.Grains.Interfaces.Leadership;

/// <summary>What the leader knows of a node. Immutable.</summary>
/// <param name="Term">The leader's term.</param>
/// <param name="Namespaces">The namespaces with pods on the node, each with its current position.</param>
[GenerateSerializer, Immutable, Alias("MetaCollector.NodeInventory")]
public sealed record NodeInventory([property: Id(0)] long Term, [property: Id(1)] NamespacePosition[] Namespaces)
{
    /// <summary>How many nodes have pods.</summary>
    [Id(2)] public int Nodes { get; init; }

    /// <summary>
    /// The position of this inventory, newer than any position before. As of it, nothing is related to the node in namespaces that are not
    /// named.
    /// </summary>
    [Id(3)] public Position AsOf { get; init; }
}
