using MetaCollector.Grains.Interfaces.Leadership;

namespace MetaCollector.Informer.Leadership;

/// <summary>
/// Announces one term of the leader: that it leads, that it is in sync, that it stops, and each change of the refused kinds. Numbers the
/// announcements. Thread-safe.
/// </summary>
internal sealed class Announcements : IDisposable
{
    private readonly ILeaderAnnouncer _announcer;
    private readonly InformerStatus _status;
    private readonly Lock _lock = new();
    private LeaderAnnouncement _last;
    private bool _isOver;

    /// <summary>Announces that <paramref name="silo"/> leads in <paramref name="term"/>.</summary>
    public Announcements(long term, SiloAddress silo, ILeaderAnnouncer announcer, InformerStatus status)
    {
        (_announcer, _status) = (announcer, status);
        _last = new LeaderAnnouncement(term, silo, IsSynced: false);
        status.RefusedChanged += Repeat;
        Repeat();
    }

    public void Synced() => Announce(last => last with { IsSynced = true });

    /// <summary>Announces that the leader stops, and goes on only until another silo leads.</summary>
    public void Leaving() => Announce(last => last with { IsLeaving = true });

    /// <summary>Stops announcing.</summary>
    public void Dispose()
    {
        _status.RefusedChanged -= Repeat;
        lock (_lock) _isOver = true;
        _announcer.Withdraw();
    }

    private void Repeat() => Announce(last => last);

    private void Announce(Func<LeaderAnnouncement, LeaderAnnouncement> change)
    {
        lock (_lock)
        {
            if (_isOver) return;
            _last = change(_last) with { Number = _last.Number + 1, Refused = _status.Refused, Blindness = _status.Blindness };
            _announcer.Announce(_last);
        }
    }
}
