using System.Diagnostics.Metrics;
using MetaCollector.ApiServer.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MetaCollector.ApiServer;

/// <summary>Adds <see cref="ApiServerAccess"/>.</summary>
public static class ApiServerServiceCollectionExtensions
{
    /// <summary>Adds the one <see cref="ApiServerAccess"/> of a process. May be called more than once.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the options.</param>
    public static IServiceCollection AddApiServer(this IServiceCollection services, Action<ApiServerOptions>? configure = null)
    {
        var options = services.AddOptions<ApiServerOptions>();
        if (configure is not null) options.Configure(configure);
        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(provider => new ApiServerAccess(
            () => ClusterConfiguration.Load(provider.GetRequiredService<IOptions<ApiServerOptions>>().Value.Kubeconfig),
            provider.GetRequiredService<IMeterFactory>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<ApiServerAccess>>()));
        return services;
    }
}
