namespace MetaCollector.Silo.Hosting;

/// <summary>
/// Notices when a wave of work has passed: many subscribers that connected, many changes. Goes by what the process allocates. Not thread-safe.
/// </summary>
/// <param name="time">Clock.</param>
internal sealed class Wave(TimeProvider time)
{
    /// <summary>Who allocates more than this in a second works hard. Hundreds of changes a second do, or ten subscribers that connect.</summary>
    public const long Busy = 1_000_000;

    /// <summary>Who allocates less than this in a second is at rest.</summary>
    public const long Calm = Busy / 4;

    /// <summary>For so long it has to be calm.</summary>
    public static readonly TimeSpan Rest = TimeSpan.FromSeconds(25);

    /// <summary>From one to the next, at least: a collection stops the process for a moment.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMinutes(5);

    private long _allocated;
    private long _lookedAt = time.GetTimestamp();
    private long? _calmSince;
    private long? _passedAt;
    private bool _hasRisen;

    /// <summary>Says how much the process has allocated so far, in bytes. To be called every few seconds.</summary>
    /// <returns>Whether a wave has just passed.</returns>
    public bool HasPassed(long allocated)
    {
        var now = time.GetTimestamp();
        var rate = (allocated - _allocated) / Math.Max(1, time.GetElapsedTime(_lookedAt, now).TotalSeconds);
        var from = _lookedAt;
        (_allocated, _lookedAt) = (allocated, now);
        if (rate > Busy) _hasRisen = true;
        _calmSince = rate > Calm ? null : _calmSince ?? from;
        if (!_hasRisen || _calmSince is not { } calm || time.GetElapsedTime(calm, now) < Rest) return false;
        if (_passedAt is { } before && time.GetElapsedTime(before, now) < Pause) return false;
        (_hasRisen, _passedAt) = (false, now);
        return true;
    }

    /// <summary>Whatever there was has been given back for another reason.</summary>
    public void Forget() => (_hasRisen, _passedAt) = (false, time.GetTimestamp());
}
