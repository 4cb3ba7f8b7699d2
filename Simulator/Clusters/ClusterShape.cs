namespace MetaCollector.Simulator.Clusters;

/// <summary>The size of a cluster to generate.</summary>
public sealed record ClusterShape
{
    /// <summary>How many nodes. Default: 10.</summary>
    public int Nodes { get; init; } = 10;

    /// <summary>Exactly how many pods stand on each node, those of daemon sets and static ones included. Default: 10.</summary>
    public int PodsPerNode { get; init; } = 10;

    /// <summary>How many namespaces hold the workloads; kube-system and its like come on top. Default: 5.</summary>
    public int Namespaces { get; init; } = 5;

    /// <summary>The same seed gives the same cluster, uids included. Default: 1.</summary>
    public int Seed { get; init; } = 1;

    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(Nodes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Nodes, 15_000);
        ArgumentOutOfRangeException.ThrowIfNegative(PodsPerNode);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(PodsPerNode, 500);
        ArgumentOutOfRangeException.ThrowIfLessThan(Namespaces, 1);
    }
}
