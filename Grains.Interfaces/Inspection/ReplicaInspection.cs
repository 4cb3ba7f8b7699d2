namespace MetaCollector.Grains.Interfaces.Inspection;

/// <summary>What one replica knows of itself. Immutable.</summary>
[GenerateSerializer, Immutable, Alias("MetaCollector.ReplicaInspection")]
public sealed record ReplicaInspection
{
    /// <summary>Version of the program.</summary>
    [Id(0)] public string Version { get; init; } = "";

    /// <summary>The highest term that it has seen.</summary>
    [Id(1)] public long HighestTerm { get; init; }

    /// <summary>The term in which it leads; 0 while it does not.</summary>
    [Id(2)] public long Term { get; init; }

    /// <summary>The API server.</summary>
    [Id(3)] public string Server { get; init; } = "";

    /// <summary>Why it cannot read the API server; null if it can, or does not read.</summary>
    [Id(4)] public string? Trouble { get; init; }

    /// <summary>Why it cannot read the Lease, and so could not take over; null if it can.</summary>
    [Id(5)] public string? LeaseTrouble { get; init; }

    /// <summary>The kinds that it reads; empty unless it leads.</summary>
    [Id(6)] public EquatableArray<KindInspection> Kinds { get; init; } = [];

    /// <summary>The nodes that have pods, as the leader has read them; empty on any other replica.</summary>
    [Id(7)] public EquatableArray<string> Nodes { get; init; } = [];

    /// <summary>The nodes that have streams here, and how many.</summary>
    [Id(8)] public EquatableArray<StreamsOfNode> Streams { get; init; } = [];

    /// <summary>
    /// The streams whose subscriber has taken nothing for a while, and those that have waited as long to begin; no more than
    /// <see cref="InspectionLimits.Names"/>.
    /// </summary>
    [Id(9)] public EquatableArray<StreamInspection> Stuck { get; init; } = [];

    /// <summary>Peers whose recent connections could not be used, the newest first; no more than <see cref="InspectionLimits.Names"/>.</summary>
    [Id(10)] public EquatableArray<StrangerInspection> Strangers { get; init; } = [];
}

/// <summary>How many streams a node has on a replica. Immutable.</summary>
/// <param name="Node">Name of the node.</param>
/// <param name="Count">How many.</param>
[GenerateSerializer, Immutable, Alias("MetaCollector.StreamsOfNode")]
public readonly record struct StreamsOfNode([property: Id(0)] string Node, [property: Id(1)] int Count);

/// <summary>State of one kind's reader. Immutable.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="State">listing, watching, unknown, or idle.</param>
/// <param name="Objects">How many objects are held.</param>
/// <param name="SinceLastEvent">How long ago the last event or bookmark came; null before the first.</param>
/// <param name="Reason">Why it cannot be read; null where it can.</param>
/// <param name="IsSilent">Whether that is longer than normal: the API server sends an event or bookmark about every minute.</param>
[GenerateSerializer, Immutable, Alias("MetaCollector.KindInspection")]
public sealed record KindInspection(
    [property: Id(0)] ResourceKind Kind, [property: Id(1)] string State, [property: Id(2)] int Objects,
    [property: Id(3)] TimeSpan? SinceLastEvent, [property: Id(4)] string? Reason, [property: Id(5)] bool IsSilent)
{
    /// <summary>Whether a list found changes that the watch should have brought, and no watch brought anything since.</summary>
    [Id(6)] public bool IsLate { get; init; }
}
