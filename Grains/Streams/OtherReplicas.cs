using MetaCollector.Grains.Interfaces.Leadership;
using MetaCollector.Grains.Interfaces.Streams;

namespace MetaCollector.Grains.Streams;

/// <inheritdoc cref="IOtherReplicas"/>
/// <remarks>Every active silo is asked, each time.</remarks>
internal sealed class OtherReplicas(ISiloServiceClient silos, IClusterMembershipService membership, ILocalSiloDetails self) : IOtherReplicas
{
    /// <inheritdoc/>
    public async Task<int[]> CountStreamsAsync()
    {
        var counts = await Task.WhenAll(membership.CurrentSnapshot.Members.Values
            .Where(member => member.Status == SiloStatus.Active && !member.SiloAddress.Equals(self.SiloAddress))
            .Select(member => silos.At(member.SiloAddress).CountStreamsAsync()));
        return [.. counts.OfType<int>()];
    }
}
