using Microsoft.Extensions.Hosting;

namespace MetaCollector.Clustering.Kubernetes.Sample;

/// <summary>Prints the active silos whenever they change.</summary>
internal sealed class Members(IClusterMembershipService membership) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var view in membership.MembershipUpdates.WithCancellation(stoppingToken))
        {
            var active = view.Members.Values.Where(member => member.Status == SiloStatus.Active).Select(member => member.SiloAddress.Endpoint.ToString()).Order();
            Console.WriteLine($"members: {string.Join(" ", active)}");
        }
    }
}
