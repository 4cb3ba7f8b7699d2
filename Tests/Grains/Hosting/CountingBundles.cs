using MetaCollector.Grains;
using MetaCollector.Grains.Interfaces;
using MetaCollector.Grains.Interfaces.Bundles;
using MetaCollector.Grains.Interfaces.Positions;

namespace MetaCollector.Tests.Grains.Hosting;

/// <summary>The bundles that a silo sends to others, counted.</summary>
internal sealed class CountingBundles(IServiceProvider services) : ISilos<IBundleService>
{
    private static long _bundles;
    private static long _items;

    private readonly Silos<IBundleService> _client = new(services);

    /// <summary>How many messages all silos have sent, and how many batches and questions travelled in them.</summary>
    public static (long Bundles, long Items) Sent => (Interlocked.Read(ref _bundles), Interlocked.Read(ref _items));

    public IBundleService At(SiloAddress silo) => new Counted(_client.At(silo));

    private static void Count(int items)
    {
        Interlocked.Increment(ref _bundles);
        Interlocked.Add(ref _items, items);
    }

    private sealed class Counted(IBundleService service) : IBundleService
    {
        public Task<Receipt?[]> DeliverAsync(SliceDelivery[] deliveries)
        {
            Count(deliveries.Length);
            return service.DeliverAsync(deliveries);
        }

        public Task<Position[]> VerifySlicesAsync(SliceQuery[] queries, SiloAddress from)
        {
            Count(queries.Length);
            return service.VerifySlicesAsync(queries, from);
        }
    }
}
