using MetaCollector.Grains.Interfaces;
using Orleans.Runtime.Services;
using Orleans.Services;

namespace MetaCollector.Grains;

/// <inheritdoc cref="ISilos{TService}"/>
internal sealed class Silos<TService>(IServiceProvider services) : GrainServiceClient<TService>(services), ISilos<TService> where TService : IGrainService
{
    public TService At(SiloAddress silo) => GetGrainService(silo);
}
