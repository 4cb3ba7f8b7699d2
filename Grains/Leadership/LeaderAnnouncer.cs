using System.Threading.Channels;
using MetaCollector.Conversation.Leadership;
using MetaCollector.Grains.Interfaces;
using MetaCollector.Grains.Interfaces.Leadership;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MetaCollector.Grains.Leadership;

/// <inheritdoc cref="ILeaderAnnouncer"/>
/// <remarks>
/// A round announces to all active silos at once; a silo that does not answer delays neither the others nor the next round. No rounds while
/// this silo does not lead or is the only one.
/// </remarks>
internal sealed class LeaderAnnouncer(
    ISilos<ILeaderService> silos, IClusterMembershipService membership, LeaderDirectory directory, TimeProvider time, ILogger<LeaderAnnouncer> logger)
    : BackgroundService, ILeaderAnnouncer
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    // Holds a signal or none: several before the next round count as one.
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Lock _lock = new();
    private readonly HashSet<SiloAddress> _beingTold = [];
    private LeaderAnnouncement? _announcement;

    public void Announce(LeaderAnnouncement announcement)
    {
        // Updates this silo first; the next round updates the others.
        directory.Announce(announcement);
        Volatile.Write(ref _announcement, announcement);
        Wake();
    }

    public void Withdraw() => Volatile.Write(ref _announcement, null);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await Task.WhenAll(AnnounceRoundsAsync(stoppingToken), WakeOnMembershipAsync(stoppingToken));
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    private async Task AnnounceRoundsAsync(CancellationToken stopping)
    {
        while (true)
        {
            var announcement = Volatile.Read(ref _announcement);
            var hasListeners = announcement is not null && AnnounceToAll(announcement);
            await WaitAsync(hasListeners ? Period : Timeout.InfiniteTimeSpan, stopping);
        }
    }

    private async Task WakeOnMembershipAsync(CancellationToken stopping)
    {
        await foreach (var _ in membership.MembershipUpdates.WithCancellation(stopping)) Wake();
    }

    // Until Announce or a membership change wakes it.
    private async Task WaitAsync(TimeSpan atMost, CancellationToken stopping)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        await Task.WhenAny(_wake.Reader.WaitToReadAsync(over.Token).AsTask(), Task.Delay(atMost, time, over.Token));
        await over.CancelAsync();
        _wake.Reader.TryRead(out _);
        stopping.ThrowIfCancellationRequested();
    }

    // Returns whether there is another active silo.
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

    // Never throws. Makes one call to a silo at a time, until it has sent the newest announcement.
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
                // The next round tries again, unless the silo left the cluster.
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

    private void Wake() => _wake.Writer.TryWrite(true);
}
