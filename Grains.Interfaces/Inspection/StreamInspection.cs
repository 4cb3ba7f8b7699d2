using MetaCollector.Grains.Interfaces.Model;

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

    /// <summary>Who reads it, as <c>ipv4:10.0.0.7:50312</c>.</summary>
    [Id(1)] public required string Peer { get; init; }

    /// <summary>The kinds that it asked for.</summary>
    [Id(2)] public KindSet Kinds { get; init; }

    /// <summary>Since when it is open (UTC).</summary>
    [Id(3)] public DateTimeOffset OpenedAt { get; init; }

    /// <summary>Whether it has begun: the node was complete at some time.</summary>
    [Id(4)] public bool HasStarted { get; init; }

    /// <summary>How many events were written.</summary>
    [Id(5)] public long Written { get; init; }

    /// <summary>How many events it has yet to be sent, at most.</summary>
    [Id(6)] public int Pending { get; init; }

    /// <summary>For how long the oldest of those has been waiting; zero where there is none.</summary>
    [Id(7)] public TimeSpan OldestPending { get; init; }

    /// <summary>For how long the subscriber has not made room for what was written; zero where it has.</summary>
    [Id(8)] public TimeSpan BlockedFor { get; init; }

    /// <summary>How long the last change took from the API server to the socket; null before the first that can be measured.</summary>
    [Id(9)] public TimeSpan? LastDelay { get; init; }

    /// <summary>What it was sent; empty where only the stream itself was asked about.</summary>
    [Id(10)] public EquatableArray<SentResource> Sent { get; init; } = [];
}

/// <summary>What a stream was sent of one resource. Immutable.</summary>
/// <param name="Uid">The uid.</param>
/// <param name="IsCurrent">Whether it is what is relevant now.</param>
[GenerateSerializer, Immutable, Alias("MetaCollector.SentResource")]
public readonly record struct SentResource([property: Id(0)] Uid Uid, [property: Id(1)] bool IsCurrent);
