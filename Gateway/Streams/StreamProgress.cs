namespace MetaCollector.Gateway.Streams;

/// <summary>How one stream goes, for whoever looks at it meanwhile. Written by its pump alone, read from anywhere.</summary>
internal sealed class StreamProgress
{
    private long _written;
    private long _blockedAt;
    private long _lastDelay = -1;

    /// <summary>Who reads it, as gRPC names a peer.</summary>
    public string Peer { get; set; } = "";

    /// <summary>How many events were written.</summary>
    public long Written
    {
        get => Volatile.Read(ref _written);
        set => Volatile.Write(ref _written, value);
    }

    /// <summary>Since when the subscriber has not made room for what was written, as a timestamp of the clock; 0 where it has.</summary>
    public long BlockedAt
    {
        get => Volatile.Read(ref _blockedAt);
        set => Volatile.Write(ref _blockedAt, value);
    }

    /// <summary>How long the last change took from its arrival to its event; null before the first that can be measured.</summary>
    public TimeSpan? LastDelay => Volatile.Read(ref _lastDelay) is var ticks and >= 0 ? TimeSpan.FromTicks(ticks) : null;

    /// <summary>A change was written, this long after it had arrived.</summary>
    public void Delayed(TimeSpan delay) => Volatile.Write(ref _lastDelay, Math.Max(0, delay.Ticks));
}
