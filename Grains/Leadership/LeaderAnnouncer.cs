using MetaCollector.Grains.Interfaces.Leadership;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MetaCollector.Grains.Leadership;

/// <inheritdoc cref="ILeaderAnnouncer"/>
/// <remarks>Every round goes to all active silos at once, each with its own answer; one that does not answer delays no other.</remarks>
internal sealed class LeaderAnnouncer(
    ISiloServiceClient silos, IClusterMembershipService membership, LeaderDirectory directory, TimeProvider time, ILogger<LeaderAnnouncer> logger)
    : BackgroundService, ILeaderAnnouncer
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _wake = new(0, 1);
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
            using var timer = new PeriodicTimer(Period, time);
            var tick = timer.WaitForNextTickAsync(stopping).AsTask();
            var woken = _wake.WaitAsync(stopping);
            while (!stopping.IsCancellationRequested)
            {
                if (Volatile.Read(ref _announcement) is { } announcement) await AnnounceToAllAsync(announcement);
                await Task.WhenAny(tick, woken);
                if (tick.IsCompleted) tick = timer.WaitForNextTickAsync(stopping).AsTask();
                if (woken.IsCompleted) woken = _wake.WaitAsync(stopping);
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

    private Task AnnounceToAllAsync(LeaderAnnouncement announcement) => Task.WhenAll(
        membership.CurrentSnapshot.Members.Values
            .Where(member => member.Status == SiloStatus.Active && !member.SiloAddress.Equals(announcement.Silo))
            .Select(member => AnnounceToAsync(member.SiloAddress, announcement)));

    private async Task AnnounceToAsync(SiloAddress silo, LeaderAnnouncement announcement)
    {
        try
        {
            directory.Observe(await silos.At(silo).AnnounceAsync(announcement));
        }
        catch (Exception exception)
        {
            // The next round reaches it, or it is no member any more.
            Log.AnnouncementFailed(logger, silo, exception.Message);
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
