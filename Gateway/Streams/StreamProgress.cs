namespace MetaCollector.Gateway.Streams;

/// <summary>Progress of one stream, for <c>metacollector inspect</c>. Only its pump writes it; any thread may read it.</summary>
internal sealed class StreamProgress
{
    private long _written;
    private long _blockedAt;
    private long _lastDelay = -1;

    /// <summary>The subscriber, as gRPC names a peer.</summary>
    public string Peer { get; set; } = "";

    /// <summary>How many events were written.</summary>
    public long Written
    {
        get => Volatile.Read(ref _written);
        set => Volatile.Write(ref _written, value);
    }

    /// <summary>Since when the subscriber's receive buffer is full, as a timestamp of the clock; 0 if it is not.</summary>
    public long BlockedAt
    {
        get => Volatile.Read(ref _blockedAt);
        set => Volatile.Write(ref _blockedAt, value);
    }

    /// <summary>How long the last change took from its arrival to its event; null before the first that can be measured.</summary>
    public TimeSpan? LastDelay => Volatile.Read(ref _lastDelay) is var ticks and >= 0 ? TimeSpan.FromTicks(ticks) : null;

    /// <summary>Notes the time from a change's arrival to its event.</summary>
    public void Delayed(TimeSpan delay) => Volatile.Write(ref _lastDelay, Math.Max(0, delay.Ticks));
}
