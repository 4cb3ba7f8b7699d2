using MetaCollector.Grains.Interfaces.Bundles;
using Orleans.Runtime.Services;

namespace MetaCollector.Grains.Bundles;

/// <inheritdoc cref="IBundleServiceClient"/>
internal sealed class BundleServiceClient(IServiceProvider services) : GrainServiceClient<IBundleService>(services), IBundleServiceClient
{
    /// <inheritdoc/>
    public IBundleService At(SiloAddress silo) => GetGrainService(silo);
}
