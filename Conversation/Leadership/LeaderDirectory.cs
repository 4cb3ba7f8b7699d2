using MetaCollector.Grains.Interfaces.Leadership;

namespace MetaCollector.Conversation.Leadership;

/// <summary>
/// What this silo knows of the leader; one instance per silo. Batches and announcements of a term below the highest one seen are rejected. Thread-safe.
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

    /// <summary>Raised when the leader announces that it stops: candidates then read the Lease at once. Handlers return quickly and do not throw.</summary>
    public event Action? LeaderLeaves;

    /// <summary>The highest term seen in an announcement, in a feed or in the Lease. Never falls.</summary>
    public long HighestTerm => Interlocked.Read(ref _highestTerm);

    /// <summary>The newest announcement; null until there is one.</summary>
    public LeaderAnnouncement? Leader
    {
        get { lock (_lock) return _leader; }
    }

    /// <summary>
    /// Counts the events after which grains and gateways verify what they hold: a term came in sync, a kind can be read again, a silo died.
    /// </summary>
    public long Generation
    {
        get { lock (_lock) return _generation; }
    }

    /// <summary>Counts the silos that died. The grains there knew what other grains hold; after such a death a node asks about all of its slices.</summary>
    public long Losses
    {
        get { lock (_lock) return _losses; }
    }

    /// <summary>Notes a term that was seen.</summary>
    /// <returns>False if a newer term was seen before.</returns>
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

    /// <summary>Notes the announcement of a leader, unless a newer term was seen.</summary>
    /// <returns>The highest term seen; above the announced one if that term is over.</returns>
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

    /// <summary>Notes that a silo died. Its activations are lost, and so are the messages to it.</summary>
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

    // Also when a refused kind can be read again: consumers kept the last known objects of it, and now get the current ones.
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
