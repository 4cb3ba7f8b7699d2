using System.Threading.Channels;
using MetaCollector.Grains.Interfaces.Leadership;
using MetaCollector.Informer.Leadership;

namespace MetaCollector.Tests.Informer;

/// <summary>An election that is won when a test says so.</summary>
internal sealed class ManualElection : ILeaderElection
{
    private readonly Channel<ManualLeadership> _won = Channel.CreateUnbounded<ManualLeadership>();

    private int _candidacies;

    public bool HasOthers { get; set; }

    /// <summary>Called with each candidacy.</summary>
    public Action? OnCandidacy { get; set; }

    public int Candidacies => Volatile.Read(ref _candidacies);

    public ManualLeadership Win(long term, bool canBeReleased = true)
    {
        var leadership = new ManualLeadership(term) { CanBeReleased = canBeReleased };
        _won.Writer.TryWrite(leadership);
        return leadership;
    }

    public async Task<ILeadership> AcquireAsync(CancellationToken cancellation)
    {
        OnCandidacy?.Invoke();
        Interlocked.Increment(ref _candidacies);
        return await _won.Reader.ReadAsync(cancellation);
    }
}

internal sealed class ManualLeadership(long term) : ILeadership, IDisposable
{
    private readonly CancellationTokenSource _lost = new();

    public long Term => term;

    public CancellationToken Lost => _lost.Token;

    public bool IsReleased { get; private set; }

    public void Lose() => _lost.Cancel();

    public void Dispose() => _lost.Dispose();

    /// <summary>Whether it can be given up, as when the API server answers.</summary>
    public bool CanBeReleased { get; init; } = true;

    public Task<bool> ReleaseAsync()
    {
        IsReleased = true;
        return Task.FromResult(CanBeReleased);
    }
}

/// <summary>Keeps what was announced, and withdrawn (null).</summary>
internal sealed class RecordingAnnouncer : ILeaderAnnouncer
{
    private readonly Lock _lock = new();
    private readonly List<LeaderAnnouncement?> _announced = [];

    public IReadOnlyList<LeaderAnnouncement?> Announced
    {
        get { lock (_lock) return [.. _announced]; }
    }

    public void Announce(LeaderAnnouncement announcement)
    {
        lock (_lock) _announced.Add(announcement);
    }

    public void Withdraw()
    {
        lock (_lock) _announced.Add(null);
    }
}
