using MetaCollector.Grains.Interfaces.Leadership;
using Microsoft.Extensions.Hosting;

namespace MetaCollector.Grains.Leadership;

/// <summary>Tells the <see cref="LeaderDirectory"/> when a silo dies, so that nobody waits to find out what died with it.</summary>
internal sealed class MembershipWatcher(IClusterMembershipService membership, LeaderDirectory directory, GrainMetrics metrics) : BackgroundService
{
    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var alive = new HashSet<SiloAddress>();
        try
        {
            await foreach (var snapshot in membership.MembershipUpdates.WithCancellation(stoppingToken))
            {
                var now = snapshot.Members.Values.Where(member => !member.Status.IsTerminating()).Select(member => member.SiloAddress).ToHashSet();
                if (!alive.IsSubsetOf(now)) directory.SiloDied();
                alive = now;
                metrics.ReplicasAre(snapshot.Members.Values.Count(member => member.Status == SiloStatus.Active));
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }
}
