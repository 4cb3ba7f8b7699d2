using Orleans.Services;

namespace MetaCollector.Grains.Interfaces;

/// <summary>Reaches a service that every silo offers under its address. Thread-safe.</summary>
/// <typeparam name="TService">The service.</typeparam>
public interface ISilos<out TService> where TService : IGrainService
{
    /// <summary>The service of <paramref name="silo"/>, which may be this one.</summary>
    TService At(SiloAddress silo);
}
