namespace MetaCollector.Grains.Interfaces.Inspection;

/// <summary>The streams of one node on one replica. Immutable.</summary>
[GenerateSerializer, Immutable, Alias("MetaCollector.NodeStreams")]
public sealed record NodeStreams
{
    /// <summary>How many there are.</summary>
    [Id(0)] public int Count { get; init; }

    /// <summary>The streams, oldest first; no more than <see cref="InspectionLimits.StreamsOfANode"/>.</summary>
    [Id(1)] public EquatableArray<StreamInspection> Streams { get; init; } = [];
}

/// <summary>One stream. Immutable.</summary>
[GenerateSerializer, Immutable, Alias("MetaCollector.StreamInspection")]
public sealed record StreamInspection
{
    /// <summary>Name of the node.</summary>
    [Id(0)] public required string Node { get; init; }

    /// <summary>Address of the subscriber, as <c>ipv4:10.0.0.7:50312</c>.</summary>
    [Id(1)] public required string Peer { get; init; }

    /// <summary>The kinds that it asked for.</summary>
    [Id(2)] public KindSet Kinds { get; init; }

    /// <summary>When it was opened (UTC).</summary>
    [Id(3)] public DateTimeOffset OpenedAt { get; init; }

    /// <summary>Whether it has begun, which it does once the node is complete.</summary>
    [Id(4)] public bool HasStarted { get; init; }

    /// <summary>How many events were written.</summary>
    [Id(5)] public long Written { get; init; }

    /// <summary>Upper bound of the events that are still to be sent.</summary>
    [Id(6)] public int Pending { get; init; }

    /// <summary>How long the oldest of those has been waiting; zero if there is none.</summary>
    [Id(7)] public TimeSpan OldestPending { get; init; }

    /// <summary>How long the subscriber has left its receive buffer full; zero if it is not full.</summary>
    [Id(8)] public TimeSpan BlockedFor { get; init; }

    /// <summary>How long the last change took from the API server to the socket; null before the first that can be measured.</summary>
    [Id(9)] public TimeSpan? LastDelay { get; init; }

    /// <summary>The resources that it was sent; empty in a list of stuck streams.</summary>
    [Id(10)] public EquatableArray<SentResource> Sent { get; init; } = [];
}

/// <summary>A resource that a stream was sent. Immutable.</summary>
/// <param name="Uid">The uid.</param>
/// <param name="IsCurrent">Whether the version that was sent is the current one.</param>
[GenerateSerializer, Immutable, Alias("MetaCollector.SentResource")]
public readonly record struct SentResource([property: Id(0)] Uid Uid, [property: Id(1)] bool IsCurrent);
