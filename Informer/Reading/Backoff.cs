namespace MetaCollector.Informer.Reading;

/// <summary>Pauses that double from one failure to the next, with jitter so that readers do not come back in step. Not thread-safe.</summary>
/// <param name="first">The first pause.</param>
/// <param name="longest">The longest pause.</param>
/// <param name="random">Source of the jitter.</param>
internal sealed class Backoff(TimeSpan first, TimeSpan longest, Random random)
{
    private TimeSpan _next;

    /// <summary>
    /// The next pause: between half of it and all of it, and after what the server asked for, so that the readers do not all come back at the same moment.
    /// </summary>
    /// <param name="asked">What the server asked for (Retry-After); null or zero for nothing.</param>
    public TimeSpan Next(TimeSpan? asked = null)
    {
        var pause = _next == default ? first : _next;
        _next = pause * 2 > longest ? longest : pause * 2;
        return asked is { } least && least > TimeSpan.Zero ? least + Jitter(pause) : Jitter(pause);
    }

    /// <summary>All is well again.</summary>
    public void Reset() => _next = default;

    /// <summary>Somewhere between half of <paramref name="pause"/> and all of it.</summary>
    public TimeSpan Jitter(TimeSpan pause) => pause * (0.5 + random.NextDouble() / 2);
}
