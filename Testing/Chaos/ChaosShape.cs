namespace MetaCollector.Testing.Chaos;

/// <summary>How large a cluster under disturbance is.</summary>
/// <param name="Replicas">Replicas of the collector.</param>
/// <param name="Nodes">Nodes, each with a subscriber.</param>
/// <param name="PodsPerNode">Pods on each node.</param>
/// <param name="Namespaces">Namespaces with workloads.</param>
/// <param name="Churn">Object changes in a second, besides the probes'.</param>
/// <param name="Seed">What random choices begin with.</param>
/// <param name="RebalanceAfter">
/// How long replicas must stand still before grains move where they belong. They look when they verify, which each disturbance has them
/// do: with zero they move while things go wrong.
/// </param>
internal sealed record ChaosShape(int Replicas, int Nodes, int PodsPerNode, int Namespaces, double Churn, int Seed, TimeSpan RebalanceAfter);
