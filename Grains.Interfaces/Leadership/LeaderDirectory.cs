namespace MetaCollector.Grains.Interfaces.Leadership;

/// <summary>
/// What this silo knows of the leader; one instance per silo. The highest term seen fences off every older one. Thread-safe.
/// </summary>
public sealed class LeaderDirectory
{
    private static readonly TimeSpan ShortestShared = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan SharedInstants = TimeSpan.FromMilliseconds(500);

    private readonly Lock _lock = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private LeaderAnnouncement? _leader;
    private long _highestTerm;
    private long _generation;

    /// <summary>Raised when the leader is known to stop: a candidate should look at the Lease at once. Handlers are quick, and do not throw.</summary>
    public event Action? LeaderLeaves;

    /// <summary>The highest term seen in an announcement, in a feed or in the Lease. Never falls.</summary>
    public long HighestTerm => Interlocked.Read(ref _highestTerm);

    /// <summary>The newest announcement; null until there is one.</summary>
    public LeaderAnnouncement? Leader
    {
        get { lock (_lock) return _leader; }
    }

    /// <summary>
    /// Counts the reasons to verify what one holds: a term in sync, a leader on another silo, a silo that died.
    /// </summary>
    public long Generation
    {
        get { lock (_lock) return _generation; }
    }

    /// <summary>A term was seen.</summary>
    /// <returns>Whether it may still be served: false where a newer one was seen before.</returns>
    public bool Observe(long term)
    {
        lock (_lock)
        {
            if (term < _highestTerm) return false;
            _highestTerm = term;
            return true;
        }
    }

    /// <summary>A leader announced itself.</summary>
    /// <returns>The highest term seen: more than the announced one where its term is over, and then nothing was noted.</returns>
    public long Announce(LeaderAnnouncement announcement)
    {
        long highest;
        lock (_lock)
        {
            if (!Observe(announcement.Term)) return _highestTerm;
            highest = _highestTerm;
            var known = _leader;
            if (known is not null && known.Term == announcement.Term && known.Number >= announcement.Number) return highest;
            _leader = announcement;
            if (IsReason(known, announcement)) SignalChange();
        }

        if (announcement.IsLeaving) LeaderLeaves?.Invoke();
        return highest;
    }

    /// <summary>A silo died: what it held is lost, and what was under way to it too.</summary>
    public void SiloDied()
    {
        lock (_lock) SignalChange();
    }

    /// <summary>Waits until <see cref="Generation"/> is no longer <paramref name="generation"/>, but no longer than <paramref name="atMost"/>.</summary>
    public async Task WaitForChangeAsync(long generation, TimeSpan atMost, TimeProvider time, CancellationToken cancellation)
    {
        Task changed;
        lock (_lock)
        {
            if (_generation != generation) return;
            changed = _changed.Task;
        }

        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await Task.WhenAny(changed, Task.Delay(Shared(atMost, time), time, giveUp.Token));
        await giveUp.CancelAsync();
        cancellation.ThrowIfCancellationRequested();
    }

    // Who waits for long wakes up together with others: waking an idle process costs more than what is done then.
    private static TimeSpan Shared(TimeSpan atMost, TimeProvider time)
    {
        if (atMost < ShortestShared) return atMost;
        var since = time.GetElapsedTime(0).Ticks;
        return TimeSpan.FromTicks((since + atMost.Ticks) / SharedInstants.Ticks * SharedInstants.Ticks - since);
    }

    // Also when a kind can be read that could not: who kept what was last known of it learns what became of it.
    private static bool IsReason(LeaderAnnouncement? known, LeaderAnnouncement now)
    {
        if (!now.IsSynced || now.IsLeaving) return false;
        var isNew = known is null || known.Term != now.Term || !known.IsSynced;
        return isNew || !known!.Refused.Except(now.Refused).IsEmpty;
    }

    private void SignalChange()
    {
        _generation++;
        var changed = _changed;
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        changed.SetResult();
    }
}
