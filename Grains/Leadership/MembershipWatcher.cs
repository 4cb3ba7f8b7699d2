using MetaCollector.Conversation.Leadership;
using MetaCollector.Grains.Placement;
using Microsoft.Extensions.Hosting;

namespace MetaCollector.Grains.Leadership;

/// <summary>Tells the <see cref="LeaderDirectory"/> when a silo dies, so that nobody waits to find out what died with it, and <see cref="GrainHomes"/> who is there.</summary>
/// <remarks>
/// A silo that stops is worth two signals. While it shuts down its grains still answer, and who asks them then and not again would not
/// notice that they go a moment later: that is certain only once it is declared dead.
/// </remarks>
internal sealed class MembershipWatcher(
    IClusterMembershipService membership, LeaderDirectory directory, GrainHomes homes, GrainMetrics metrics) : BackgroundService
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
                SiloAddress[] active = [.. now.Where(silo => silo.Value == SiloStatus.Active).Select(silo => silo.Key)];
                homes.ReplicasAre(active);
                metrics.ReplicasAre(active.Length);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    private static bool HasGone(SiloStatus before, SiloStatus now) => now == SiloStatus.Dead || (now.IsTerminating() && !before.IsTerminating());
}
