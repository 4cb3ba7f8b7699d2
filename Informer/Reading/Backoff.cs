namespace MetaCollector.Informer.Reading;

/// <summary>Pauses that double with each failure, with jitter so that readers do not retry at the same time. Not thread-safe.</summary>
internal sealed class Backoff(TimeSpan first, TimeSpan longest, Random random)
{
    private TimeSpan _next;

    /// <summary>
    /// The next pause, with jitter; added to what the server asked for, so that the readers do not all retry at the end of that time.
    /// </summary>
    /// <param name="asked">The server's Retry-After; null or zero for none.</param>
    public TimeSpan Next(TimeSpan? asked = null)
    {
        var pause = _next == default ? first : _next;
        _next = pause * 2 > longest ? longest : pause * 2;
        return asked is { } least && least > TimeSpan.Zero ? least + Jitter(pause) : Jitter(pause);
    }

    public void Reset() => _next = default;

    /// <summary>A random time between half of <paramref name="pause"/> and all of it.</summary>
    public TimeSpan Jitter(TimeSpan pause) => pause * (0.5 + random.NextDouble() / 2);
}
