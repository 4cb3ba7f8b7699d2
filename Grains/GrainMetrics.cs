using System.Diagnostics.Metrics;
using MetaCollector.Conversation.Leadership;
using Microsoft.Extensions.Options;

namespace MetaCollector.Grains;

/// <summary>Instruments of the grains and the membership of this silo. Thread-safe.</summary>
internal sealed class GrainMetrics
{
    public const string MeterName = "MetaCollector.Grains";

    // The values of the GrainType attributes.
    private static readonly KeyValuePair<string, object?> Node = new("grain", "node");
    private static readonly KeyValuePair<string, object?> Resources = new("grain", "resources");
    private static readonly KeyValuePair<string, object?>[] VerdictTags =
    [
        new("verdict", "accepted"), new("verdict", "snapshot_needed"), new("verdict", "refused"),
    ];

    private readonly GrainsOptions _options;
    private readonly Counter<long> _batches;
    private readonly Counter<long> _moved;
    private int _nodeGrains;
    private int _resourceGrains;
    private int _served;
    private int _unserved;
    private int _withoutFalco;
    private int _replicas;

    public GrainMetrics(IMeterFactory meters, LeaderDirectory directory, IOptions<GrainsOptions> options)
    {
        _options = options.Value;
        var meter = meters.Create(MeterName);
        meter.CreateObservableGauge("meta_collector_grains_active", Active,
            description: "Grains that live on this replica: one for each node, one for the resources of each namespace.");
        meter.CreateObservableGauge("meta_collector_grains_nodes", Nodes,
            description: "Nodes with pods whose grain lives on this replica, by state: served while a replica has a stream for the node, else without_falco if the node is listed in --nodes-without-falco, else unserved.");
        _batches = meter.CreateCounter<long>("meta_collector_grains_batches",
            description: "Batches that grains of this replica received, by verdict (accepted, snapshot_needed, refused).");
        _moved = meter.CreateCounter<long>("meta_collector_grains_moved",
            description: "Grains that moved from this replica to another: to the replica of the node's stream, or to a new replica.");
        meter.CreateObservableGauge("meta_collector_leadership_term", () => directory.HighestTerm,
            description: "The highest term that this replica has seen.");
        meter.CreateObservableGauge("meta_collector_leadership_synced", () => directory.Leader is { IsSynced: true, Blindness: null } ? 1 : 0,
            description: "1 where this replica knows of a leader that is, or was, in sync, else 0.");
        meter.CreateObservableGauge("meta_collector_membership_active_replicas", () => Volatile.Read(ref _replicas),
            description: "Replicas that are active members of the cluster, as this one sees it.");
        _moved.Add(0, Node);
        _moved.Add(0, Resources);
        foreach (var verdict in VerdictTags)
        {
            _batches.Add(0, Node, verdict);
            _batches.Add(0, Resources, verdict);
        }
    }

    /// <summary>A NodeGrain was activated (1) or is gone (-1).</summary>
    public void NodeGrain(int change) => Interlocked.Add(ref _nodeGrains, change);

    /// <summary>A ResourceGrain was activated (1) or is gone (-1).</summary>
    public void ResourceGrain(int change) => Interlocked.Add(ref _resourceGrains, change);

    /// <summary>A NodeGrain answered to a batch.</summary>
    public void NodeReceived(Verdict verdict) => _batches.Add(1, Node, VerdictTags[(int)verdict]);

    /// <summary>A ResourceGrain answered to a batch.</summary>
    public void ResourcesReceived(Verdict verdict) => _batches.Add(1, Resources, VerdictTags[(int)verdict]);

    public void Moved(GrainType type) => _moved.Add(1, new KeyValuePair<string, object?>("grain", type.ToString()));

    /// <summary>Notes how many silos are active.</summary>
    public void ReplicasAre(int count) => Volatile.Write(ref _replicas, count);

    /// <summary>Notes whether a node is served.</summary>
    /// <param name="node">Its name.</param>
    /// <param name="before">The value that was counted last; null if none was.</param>
    /// <param name="after">Whether the node is served now; null where it has no pods, or its grain is gone.</param>
    public void NodeIs(string node, bool? before, bool? after)
    {
        if (before == after) return;
        Count(node, before, -1);
        Count(node, after, 1);
    }

    private void Count(string node, bool? isServed, int change)
    {
        if (isServed is true) Interlocked.Add(ref _served, change);
        else if (isServed is false && _options.IsWithoutFalco(node)) Interlocked.Add(ref _withoutFalco, change);
        else if (isServed is false) Interlocked.Add(ref _unserved, change);
    }

    private Measurement<int>[] Active() => [new(Volatile.Read(ref _nodeGrains), Node), new(Volatile.Read(ref _resourceGrains), Resources)];

    private Measurement<int>[] Nodes() =>
    [
        new(Volatile.Read(ref _served), new KeyValuePair<string, object?>("state", "served")),
        new(Volatile.Read(ref _unserved), new KeyValuePair<string, object?>("state", "unserved")),
        new(Volatile.Read(ref _withoutFalco), new KeyValuePair<string, object?>("state", "without_falco")),
    ];
}
