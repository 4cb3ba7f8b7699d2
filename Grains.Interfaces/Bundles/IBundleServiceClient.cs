using Orleans.Services;

namespace MetaCollector.Grains.Interfaces.Bundles;

/// <summary>Reaches the <see cref="IBundleService"/> of a silo. Thread-safe.</summary>
public interface IBundleServiceClient : IGrainServiceClient<IBundleService>
{
    /// <summary>The service of <paramref name="silo"/>.</summary>
    IBundleService At(SiloAddress silo);
}
