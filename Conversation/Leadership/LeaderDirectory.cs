using MetaCollector.Grains.Interfaces.Leadership;

namespace MetaCollector.Conversation.Leadership;

/// <summary>
/// What this silo knows of the leader; one instance per silo. The highest term seen fences off every older one. Thread-safe.
/// </summary>
public sealed class LeaderDirectory
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource? _termRose;
    private LeaderAnnouncement? _leader;
    private long _highestTerm;
    private long _generation;
    private long _losses;

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

    /// <summary>Counts the silos that died: whoever relied on what a grain there knew cannot tell any more.</summary>
    public long Losses
    {
        get { lock (_lock) return _losses; }
    }

    /// <summary>A term was seen.</summary>
    /// <returns>Whether it may still be served: false where a newer one was seen before.</returns>
    public bool Observe(long term)
    {
        lock (_lock)
        {
            if (term < _highestTerm) return false;
            if (term == _highestTerm) return true;
            _highestTerm = term;
            _termRose?.SetResult();
            _termRose = null;
            return true;
        }
    }

    /// <summary>Waits until a term above <paramref name="term"/> was seen.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    public async Task WaitForTermAboveAsync(long term, CancellationToken cancellation)
    {
        while (true)
        {
            Task rose;
            lock (_lock)
            {
                if (_highestTerm > term) return;
                rose = (_termRose ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }

            await rose.WaitAsync(cancellation);
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
        lock (_lock)
        {
            _losses++;
            SignalChange();
        }
    }

    /// <summary>Completes once <see cref="Generation"/> is no longer <paramref name="generation"/>.</summary>
    public Task ChangeSince(long generation)
    {
        lock (_lock) return _generation == generation ? _changed.Task : Task.CompletedTask;
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
