using MetaCollector.Silo.Settings;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Configuration;
using Orleans.Statistics;

namespace MetaCollector.Silo.Hosting;

/// <summary>
/// Makes Orleans' periodic work as rare as its options allow, since waking an idle process costs more than the work. Membership among several replicas,
/// failure detection and delivery keep their intervals.
/// </summary>
internal static class OrleansAtRest
{
    private static readonly TimeSpan Rarely = TimeSpan.FromMinutes(1);

    public static void RestOften(this ISiloBuilder silo, CollectorOptions options)
    {
        // Needed for placement by load, which no grain uses.
        silo.Configure<DeploymentLoadPublisherOptions>(load => load.DeploymentLoadPublisherRefreshTime = Rarely);
        // Tells callers why a call takes more than twenty seconds; no call here may.
        silo.Configure<SiloMessagingOptions>(messaging => messaging.GrainWorkloadAnalysisPeriod = Rarely);
        // Only the dashboard needs the statistics.
        if (options.Dashboard is null) silo.Services.Replace(ServiceDescriptor.Singleton<IEnvironmentStatisticsProvider, NoStatistics>());
        // Timers of calls without an answer and of idle grains; with one replica, those of membership too.
        var clock = new UnhurriedClock(TimeProvider.System);
        foreach (var name in (string[])[TimeProviderNames.Messaging, TimeProviderNames.SystemTimers]) silo.Services.AddKeyedSingleton<TimeProvider>(name, clock);
        if (options.Clustering == ClusteringMode.Localhost) silo.Services.AddKeyedSingleton<TimeProvider>(TimeProviderNames.Membership, clock);
    }

    /// <summary>Replaces Orleans' provider, which listens to all counters of the runtime, every second.</summary>
    private sealed class NoStatistics : IEnvironmentStatisticsProvider
    {
        public EnvironmentStatistics GetEnvironmentStatistics() => default;
    }
}
