using MetaCollector.Grains.Interfaces;
using MetaCollector.Grains.Interfaces.Replicas;

namespace MetaCollector.Grains.Replicas;

/// <inheritdoc cref="IOtherReplicas"/>
/// <remarks>Asks every active silo each time.</remarks>
internal sealed class OtherReplicas(ISilos<IReplicaService> silos, IClusterMembershipService membership, ILocalSiloDetails self) : IOtherReplicas
{
    public async Task<int[]> CountStreamsAsync()
    {
        var counts = await Task.WhenAll(In(membership.CurrentSnapshot).Select(silo => silos.At(silo).CountStreamsAsync()));
        return [.. counts.OfType<int>()];
    }

    public async Task WaitForAnyAsync(CancellationToken cancellation)
    {
        if (In(membership.CurrentSnapshot).Any()) return;
        await foreach (var snapshot in membership.MembershipUpdates.WithCancellation(cancellation))
            if (In(snapshot).Any()) return;
    }

    private IEnumerable<SiloAddress> In(ClusterMembershipSnapshot snapshot) => snapshot.Members.Values
        .Where(member => member.Status == SiloStatus.Active && !member.SiloAddress.Equals(self.SiloAddress))
        .Select(member => member.SiloAddress);
}
