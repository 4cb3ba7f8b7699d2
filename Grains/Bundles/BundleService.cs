using MetaCollector.Grains.Interfaces.Bundles;
using Microsoft.Extensions.Logging;

namespace MetaCollector.Grains.Bundles;

/// <summary>Takes the bundles of other silos.</summary>
internal sealed class BundleService(GrainId id, Silo silo, BundleReceiver receiver, ILoggerFactory loggers) : GrainService(id, silo, loggers), IBundleService
{
    public Task<Receipt?[]> DeliverAsync(SliceDelivery[] deliveries) => receiver.DeliverAsync(deliveries);

    public Task<Position[]> VerifySlicesAsync(SliceQuery[] queries, SiloAddress from) => receiver.VerifySlicesAsync(queries, from);
}
