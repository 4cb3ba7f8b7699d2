namespace MetaCollector.Silo.Hosting;

/// <summary>
/// Notices when a wave of work has passed: many subscribers that connected, many changes. Goes by what the process allocates. Not thread-safe.
/// </summary>
/// <param name="time">Clock.</param>
internal sealed class Wave(TimeProvider time)
{
    /// <summary>Who allocates less than this in a second is at rest, and <see cref="CalmPerStream"/> for each stream. Fifty changes a second are more.</summary>
    public const long Calm = 250_000;

    /// <summary>What renewals and questions allocate for a stream at rest, in a second, and as much again.</summary>
    public const long CalmPerStream = 1_600;

    /// <summary>Who allocates this much from one rest to the next has worked hard, however it was spread. Sixty subscribers that connect do.</summary>
    public const long Size = 10_000_000;

    /// <summary>For so long it has to be calm.</summary>
    public static readonly TimeSpan Rest = TimeSpan.FromSeconds(25);

    /// <summary>From one to the next, at least: a collection stops the process for a moment.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMinutes(5);

    private long _allocated;
    private long _lookedAt = time.GetTimestamp();
    private long _risen;
    private long? _calmSince;
    private long? _passedAt;

    /// <summary>Says how much the process has allocated so far, in bytes, and how many streams are open. To be called every few seconds.</summary>
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

    /// <summary>Whatever there was has been given back for another reason; the next wave need not wait.</summary>
    public void Forget() => (_risen, _passedAt) = (0, null);
}
