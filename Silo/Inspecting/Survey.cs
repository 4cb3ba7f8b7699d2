using MetaCollector.Grains.Interfaces.Inspection;
using MetaCollector.Grains.Interfaces.Leadership;

namespace MetaCollector.Silo.Inspecting;

/// <summary>The answers of all replicas. Immutable.</summary>
/// <param name="Leader">The leader that this replica knows; null for none.</param>
/// <param name="Replicas">The members of the cluster, by address.</param>
internal sealed record Survey(LeaderAnnouncement? Leader, IReadOnlyList<SurveyedReplica> Replicas)
{
    /// <summary>The leader's own answer; null where it did not answer, or does not lead.</summary>
    public ReplicaInspection? LeaderInspection =>
        Replicas.FirstOrDefault(replica => Leader is not null && replica.Silo.Equals(Leader.Silo))?.Inspection is { Term: > 0 } inspection ? inspection : null;

    /// <summary>How many streams each node has, over all replicas.</summary>
    public IReadOnlyDictionary<string, int> Streams => Replicas.SelectMany(replica => replica.Inspection?.Streams ?? [])
        .GroupBy(streams => streams.Node, StringComparer.Ordinal)
        .ToDictionary(node => node.Key, node => node.Sum(streams => streams.Count), StringComparer.Ordinal);

    /// <summary>The nodes that have pods; null where no leader has read everything.</summary>
    public IReadOnlySet<string>? Nodes =>
        Leader is { IsSynced: true } && LeaderInspection is { } leader ? leader.Nodes.ToHashSet(StringComparer.Ordinal) : null;
}

/// <summary>One replica's answer. Immutable.</summary>
/// <param name="Silo">Its address.</param>
/// <param name="Name">Its name: that of its pod.</param>
/// <param name="Status">Its status in the membership.</param>
/// <param name="Inspection">The answer; null where it did not answer.</param>
/// <param name="Failure">Why it did not.</param>
internal sealed record SurveyedReplica(SiloAddress Silo, string Name, SiloStatus Status, ReplicaInspection? Inspection, string? Failure);
