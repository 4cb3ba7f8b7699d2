namespace MetaCollector.Gateway.Streams;

/// <summary>
/// A token bucket, full at first, that limits how fast one stream is written: Falco's event queue holds a few thousand events, is shared by
/// all its plugins, and silently drops what does not fit. Not thread-safe.
/// </summary>
/// <param name="burst">How many events may go at once; at least 1.</param>
/// <param name="perSecond">How many events may follow, per second; above 0.</param>
/// <param name="time">The clock.</param>
internal sealed class Pacer(int burst, int perSecond, TimeProvider time)
{
    // Waits for several tokens at once, to not set a timer for each event.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private double _tokens = burst;
    private long _filledAt = time.GetTimestamp();

    /// <summary>Whether an event may go now.</summary>
    public bool IsOpen
    {
        get
        {
            if (_tokens < 1) Fill();
            return _tokens >= 1;
        }
    }

    /// <summary>An event goes.</summary>
    public void Take() => _tokens--;

    /// <summary>Waits until some events may go.</summary>
    public Task WaitAsync(CancellationToken cancellation)
    {
        var wanted = Math.Clamp(perSecond * Pause.TotalSeconds, 1, burst);
        var missing = TimeSpan.FromSeconds(Math.Max(0, wanted - _tokens) / perSecond);
        // A timer may fire a little early.
        return Task.Delay(missing + TimeSpan.FromMilliseconds(1), time, cancellation);
    }

    private void Fill()
    {
        var now = time.GetTimestamp();
        _tokens = Math.Min(burst, _tokens + time.GetElapsedTime(_filledAt, now).TotalSeconds * perSecond);
        _filledAt = now;
    }
}
