using MetaCollector.Silo.Settings;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Configuration;
using Orleans.Statistics;

namespace MetaCollector.Silo.Hosting;

/// <summary>
/// Makes Orleans' own periodic work as rare as its options allow: to wake an idle process costs more than what is done then. Nothing of
/// it has to do with membership, failure detection or delivery.
/// </summary>
internal static class OrleansAtRest
{
    private static readonly TimeSpan Rarely = TimeSpan.FromMinutes(1);

    /// <summary>Sets it.</summary>
    public static void RestOften(this ISiloBuilder silo, CollectorOptions options)
    {
        // For placement by load, which no grain of ours asks for.
        silo.Configure<DeploymentLoadPublisherOptions>(load => load.DeploymentLoadPublisherRefreshTime = Rarely);
        // Tells callers why a call takes longer than twenty seconds, which none of ours may.
        silo.Configure<SiloMessagingOptions>(messaging => messaging.GrainWorkloadAnalysisPeriod = Rarely);
        // The dashboard shows them.
        if (options.Dashboard is null) silo.Services.Replace(ServiceDescriptor.Singleton<IEnvironmentStatisticsProvider, NoStatistics>());
        // Calls that are never answered, and grains that nobody calls; and membership, where there is nobody to watch.
        var clock = new UnhurriedClock(TimeProvider.System);
        foreach (var name in (string[])[TimeProviderNames.Messaging, TimeProviderNames.SystemTimers]) silo.Services.AddKeyedSingleton<TimeProvider>(name, clock);
        if (options.Clustering == ClusteringMode.Localhost) silo.Services.AddKeyedSingleton<TimeProvider>(TimeProviderNames.Membership, clock);
    }

    /// <summary>Orleans' own listens to all counters of the runtime, every second.</summary>
    private sealed class NoStatistics : IEnvironmentStatisticsProvider
    {
        public EnvironmentStatistics GetEnvironmentStatistics() => default;
    }
}
