using MetaCollector.Conversation.Leadership;
using MetaCollector.Grains.Placement;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MetaCollector.Grains.Leadership;

/// <summary>
/// Tells the <see cref="LeaderDirectory"/> when a silo dies, so that grains and gateways verify at once, and <see cref="GrainHomes"/> which silos are active.
/// Logs which replicas come and go.
/// </summary>
/// <remarks>
/// A silo that stops causes two signals: one when it begins to shut down, and one when it is declared dead. In between its grains may still
/// answer, so a gateway that renews then would not notice that they go.
/// </remarks>
internal sealed class MembershipWatcher(
    IClusterMembershipService membership, LeaderDirectory directory, GrainHomes homes, GrainMetrics metrics, ILogger<MembershipWatcher> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var before = new Dictionary<SiloAddress, SiloStatus>();
        try
        {
            await foreach (var snapshot in membership.MembershipUpdates.WithCancellation(stoppingToken))
            {
                var now = snapshot.Members.ToDictionary(member => member.Key, member => member.Value.Status);
                SiloAddress[] active = [.. With(SiloStatus.Active)];
                homes.ReplicasAre(active, With(SiloStatus.Dead));
                metrics.ReplicasAre(active.Length);
                if (before.Any(silo => silo.Value != SiloStatus.Dead && HasGone(silo.Value, now.GetValueOrDefault(silo.Key, SiloStatus.Dead)))) directory.SiloDied();
                foreach (var member in snapshot.Members.Values) Tell(member, before.GetValueOrDefault(member.SiloAddress), active.Length);
                before = now;

                IEnumerable<SiloAddress> With(SiloStatus status) => now.Where(silo => silo.Value == status).Select(silo => silo.Key);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    private void Tell(ClusterMember member, SiloStatus before, int active)
    {
        var address = member.SiloAddress.Endpoint;
        if (member.Status == SiloStatus.Active && before != SiloStatus.Active) Log.ReplicaJoined(logger, member.Name, address, active);
        else if (member.Status == SiloStatus.Dead && before == SiloStatus.Active) Log.ReplicaLost(logger, member.Name, address, active);
        else if (member.Status.IsTerminating() && before == SiloStatus.Active) Log.ReplicaStops(logger, member.Name, address);
    }

    private static bool HasGone(SiloStatus before, SiloStatus now) => now == SiloStatus.Dead || (now.IsTerminating() && !before.IsTerminating());
}
