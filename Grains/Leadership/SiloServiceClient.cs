using MetaCollector.Grains.Interfaces.Leadership;
using Orleans.Runtime.Services;

namespace MetaCollector.Grains.Leadership;

/// <inheritdoc cref="ISiloServiceClient"/>
internal sealed class SiloServiceClient(IServiceProvider services) : GrainServiceClient<ISiloService>(services), ISiloServiceClient
{
    /// <inheritdoc/>
    public ISiloService At(SiloAddress silo) => GetGrainService(silo);
}
