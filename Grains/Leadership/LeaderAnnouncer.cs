using MetaCollector.Conversation.Leadership;
using MetaCollector.Grains.Interfaces;
using MetaCollector.Grains.Interfaces.Leadership;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MetaCollector.Grains.Leadership;

/// <inheritdoc cref="ILeaderAnnouncer"/>
/// <remarks>
/// Every round goes to all active silos at once; one that does not answer delays no other, nor the next round. There are none while
/// this silo does not lead, nor while it is alone.
/// </remarks>
internal sealed class LeaderAnnouncer(
    ISilos<ILeaderService> silos, IClusterMembershipService membership, LeaderDirectory directory, TimeProvider time, ILogger<LeaderAnnouncer> logger)
    : BackgroundService, ILeaderAnnouncer
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly Lock _lock = new();
    private readonly HashSet<SiloAddress> _beingTold = [];
    private LeaderAnnouncement? _announcement;

    /// <inheritdoc/>
    public void Announce(LeaderAnnouncement announcement)
    {
        // This silo knows at once; the others a moment later.
        directory.Announce(announcement);
        Volatile.Write(ref _announcement, announcement);
        Wake();
    }

    /// <inheritdoc/>
    public void Withdraw() => Volatile.Write(ref _announcement, null);

    /// <inheritdoc/>
    public override void Dispose()
    {
        _wake.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(AnnounceRoundsAsync(stoppingToken), WakeOnMembershipAsync(stoppingToken));

    private async Task AnnounceRoundsAsync(CancellationToken stopping)
    {
        try
        {
            while (true)
            {
                var announcement = Volatile.Read(ref _announcement);
                var hasListeners = announcement is not null && AnnounceToAll(announcement);
                await WaitAsync(hasListeners ? Period : Timeout.InfiniteTimeSpan, stopping);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    private async Task WakeOnMembershipAsync(CancellationToken stopping)
    {
        try
        {
            await foreach (var _ in membership.MembershipUpdates.WithCancellation(stopping)) Wake();
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    // Until it is woken, which whoever announces and every change of the membership does.
    private async Task WaitAsync(TimeSpan atMost, CancellationToken stopping)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        await Task.WhenAny(_wake.WaitAsync(over.Token), Task.Delay(atMost, time, over.Token));
        await over.CancelAsync();
        stopping.ThrowIfCancellationRequested();
    }

    // Whether there is anybody to tell.
    private bool AnnounceToAll(LeaderAnnouncement announcement)
    {
        var hasListeners = false;
        foreach (var (silo, member) in membership.CurrentSnapshot.Members)
        {
            if (member.Status != SiloStatus.Active || silo.Equals(announcement.Silo)) continue;
            hasListeners = true;
            _ = AnnounceToAsync(silo);
        }

        return hasListeners;
    }

    // Never fails. One call to a silo at a time; it goes on until it has told the newest.
    private async Task AnnounceToAsync(SiloAddress silo)
    {
        lock (_lock)
        {
            if (!_beingTold.Add(silo)) return;
        }

        LeaderAnnouncement? told = null;
        while (NextFor(silo, told) is { } next)
        {
            try
            {
                directory.Observe(await silos.At(silo).AnnounceAsync(next));
            }
            catch (Exception exception)
            {
                // The next round reaches it, or it is no member any more.
                Log.AnnouncementFailed(logger, silo, exception.Message);
            }

            told = next;
        }
    }

    private LeaderAnnouncement? NextFor(SiloAddress silo, LeaderAnnouncement? told)
    {
        lock (_lock)
        {
            if (Volatile.Read(ref _announcement) is { } next && next != told) return next;
            _beingTold.Remove(silo);
            return null;
        }
    }

    private void Wake()
    {
        try
        {
            if (_wake.CurrentCount == 0) _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // Somebody else woke it in between.
        }
    }
}
