using Orleans.Services;

namespace MetaCollector.Grains.Interfaces.Leadership;

/// <summary>Reaches the <see cref="ISiloService"/> of a silo. Thread-safe.</summary>
public interface ISiloServiceClient : IGrainServiceClient<ISiloService>
{
    /// <summary>The service of <paramref name="silo"/>, which may be this one.</summary>
    ISiloService At(SiloAddress silo);
}
