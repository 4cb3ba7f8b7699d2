using MetaCollector.Grains.Interfaces.Model;

namespace MetaCollector.Silo.Inspecting;

/// <summary>An answer of <c>metacollector inspect</c>, as it is written in JSON. Immutable.</summary>
internal abstract record Report
{
    /// <summary>What is wrong and what to do about it, a line each. Empty where nothing is wrong.</summary>
    public IReadOnlyList<string> Findings { get; init; } = [];
}

/// <summary>The cluster of replicas. Immutable.</summary>
internal sealed record ClusterReport : Report
{
    public string? Leader { get; init; }
    public long Term { get; init; }
    public bool IsSynced { get; init; }
    public string Server { get; init; } = "";
    public int? NodesWithPods { get; init; }
    public IReadOnlyList<ReplicaRow> Replicas { get; init; } = [];
    public IReadOnlyList<KindRow> Kinds { get; init; } = [];
}

/// <summary>One replica.</summary>
internal sealed record ReplicaRow(string Name, string Address, string Status, bool IsLeader, string? Version, int? Nodes, int? Streams, int? Stuck);

/// <summary>One kind, as the leader reads it.</summary>
internal sealed record KindRow(ResourceKind Kind, string State, int Objects, double? SecondsSinceLastEvent, string? Reason);

/// <summary>One node. Immutable.</summary>
internal sealed record NodeReport : Report
{
    public required string Node { get; init; }

    /// <summary>Whether the node's grain has everything; null where the grain is not active, since nothing is related to the node.</summary>
    public bool? IsComplete { get; init; }
    public int StreamCount { get; init; }
    public IReadOnlyList<StreamRow> Streams { get; init; } = [];
    public int ResourceCount { get; init; }
    public IReadOnlyList<RelatedRow> Resources { get; init; } = [];
    public IReadOnlyList<SliceRow> Namespaces { get; init; } = [];
}

/// <summary>One stream; the number is that of <see cref="RelatedRow.Streams"/>, from 1.</summary>
internal sealed record StreamRow(
    int Number, string Replica, string Peer, DateTimeOffset OpenedAt, IReadOnlyList<ResourceKind> Kinds, bool HasStarted, int Held, long Written, int Pending,
    double SecondsPending, double SecondsBlocked, double? SecondsLastDelay);

/// <summary>One resource that is related to a node, the pods that make it so, and what each stream was sent of it.</summary>
internal sealed record RelatedRow(
    ResourceKind Kind, string Namespace, string Name, string Uid, IReadOnlyList<string> Pods, int PodCount, IReadOnlyList<SentState> Streams);

/// <summary>What a stream was sent of a resource.</summary>
internal enum SentState
{
    /// <summary>The newest version.</summary>
    Sent,

    /// <summary>An older version: an Update is pending.</summary>
    Outdated,

    /// <summary>Nothing yet: a Create is pending.</summary>
    Pending,

    /// <summary>Nothing, since the subscriber did not ask for its kind.</summary>
    NotAskedFor,
}

/// <summary>The positions of a namespace's slice of a node: at the leader, the namespace and the node. Null where unknown.</summary>
internal sealed record SliceRow(string Namespace, string? AtLeader, string? AtNamespace, string? AtNode, int Resources);

/// <summary>One namespace. Immutable.</summary>
internal sealed record NamespaceReport : Report
{
    public required string Namespace { get; init; }
    public string? AtLeader { get; init; }
    public string? AtNamespace { get; init; }
    public int NodeCount { get; init; }
    public int ResourceCount { get; init; }
    public IReadOnlyList<PlacedRow> Resources { get; init; } = [];
}

/// <summary>One resource, and the nodes that it is related to.</summary>
internal sealed record PlacedRow(ResourceKind Kind, string Name, string Uid, IReadOnlyList<string> Nodes, int NodeCount);

/// <summary>One pod. Immutable.</summary>
internal sealed record PodReport : Report
{
    public required string Namespace { get; init; }
    public required string Name { get; init; }
    public bool IsKnown { get; init; }
    public string? Uid { get; init; }
    public string? Node { get; init; }
    public string? Ip { get; init; }
    public string? Labels { get; init; }
    public IReadOnlyList<ReferenceRow> References { get; init; } = [];
    public IReadOnlyList<PodStreamRow> Streams { get; init; } = [];
}

/// <summary>One reference of a pod, and why it is there, or is not.</summary>
internal sealed record ReferenceRow(string Kind, string? Name, string Uid, bool IsSent, string Why);

/// <summary>A stream of the pod's node, and what it was sent of the pod.</summary>
internal sealed record PodStreamRow(string Replica, string Peer, SentState State);
