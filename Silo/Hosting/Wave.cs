namespace MetaCollector.Silo.Hosting;

/// <summary>
/// Detects by the process's allocations that a wave of work has passed: many subscribers that connected, or many changes. Not thread-safe.
/// </summary>
internal sealed class Wave(TimeProvider time)
{
    /// <summary>A process at rest allocates less than this in a second, plus <see cref="CalmPerStream"/> for each stream. Fifty changes a second allocate more.</summary>
    public const long Calm = 250_000;

    /// <summary>Twice what a stream at rest allocates in a second, for its renewals and questions.</summary>
    public const long CalmPerStream = 1_600;

    /// <summary>A wave allocates at least this much between two rests. Sixty subscribers that connect do.</summary>
    public const long Size = 10_000_000;

    /// <summary>How long the process has to be at rest.</summary>
    public static readonly TimeSpan Rest = TimeSpan.FromSeconds(25);

    /// <summary>The least time between two waves that count: a collection stops the process for a moment.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMinutes(5);

    private long _allocated;
    private long _lookedAt = time.GetTimestamp();
    private long _risen;
    private long? _calmSince;
    private long? _passedAt;

    /// <summary>Takes the bytes that the process has allocated so far, and the number of open streams. Call it every few seconds.</summary>
    /// <returns>Whether a wave has just passed.</returns>
    public bool HasPassed(long allocated, int streams)
    {
        var now = time.GetTimestamp();
        var grown = allocated - _allocated;
        var isCalm = grown <= (Calm + (CalmPerStream * streams)) * Math.Max(1, time.GetElapsedTime(_lookedAt, now).TotalSeconds);
        _calmSince = isCalm ? _calmSince ?? _lookedAt : null;
        if (!isCalm) _risen += grown;
        (_allocated, _lookedAt) = (allocated, now);
        if (_calmSince is not { } calm || time.GetElapsedTime(calm, now) < Rest) return false;
        if (_risen < Size)
        {
            _risen = 0;
            return false;
        }

        if (_passedAt is { } before && time.GetElapsedTime(before, now) < Pause) return false;
        (_risen, _passedAt) = (0, now);
        return true;
    }

    /// <summary>Starts anew after another collection: the next wave need not wait for <see cref="Pause"/>.</summary>
    public void Forget() => (_risen, _passedAt) = (0, null);
}
