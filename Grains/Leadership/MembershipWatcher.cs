using MetaCollector.Grains.Interfaces.Leadership;
using Microsoft.Extensions.Hosting;

namespace MetaCollector.Grains.Leadership;

/// <summary>Tells the <see cref="LeaderDirectory"/> when a silo dies, so that nobody waits to find out what died with it.</summary>
/// <remarks>
/// A silo that stops is worth two signals. While it shuts down its grains still answer, and who asks them then and not again would not
/// notice that they go a moment later: that is certain only once it is declared dead.
/// </remarks>
internal sealed class MembershipWatcher(IClusterMembershipService membership, LeaderDirectory directory, GrainMetrics metrics) : BackgroundService
{
    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var before = new Dictionary<SiloAddress, SiloStatus>();
        try
        {
            await foreach (var snapshot in membership.MembershipUpdates.WithCancellation(stoppingToken))
            {
                var now = snapshot.Members.ToDictionary(member => member.Key, member => member.Value.Status);
                if (before.Any(silo => silo.Value != SiloStatus.Dead && HasGone(silo.Value, now.GetValueOrDefault(silo.Key, SiloStatus.Dead)))) directory.SiloDied();
                before = now;
                metrics.ReplicasAre(now.Values.Count(status => status == SiloStatus.Active));
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    private static bool HasGone(SiloStatus before, SiloStatus now) => now == SiloStatus.Dead || (now.IsTerminating() && !before.IsTerminating());
}
