using MetaCollector.Silo.Settings;
using Microsoft.Extensions.Logging.Console;

namespace MetaCollector.Silo.Logs;

/// <summary>Sets up the log.</summary>
internal static class Logging
{
    /// <summary>The program's services of each silo, in whose names Orleans writes about its internals.</summary>
    internal static readonly string[] GrainServices =
    [
        "MetaCollector.Grains.Bundles.BundleService", "MetaCollector.Grains.Leadership.LeaderService", "MetaCollector.Grains.Replicas.ReplicaService",
    ];

    private static readonly string[] QuietOfOrleans =
    [
        "Polly", "Orleans.Messaging", "Orleans.Runtime.CallbackData", "Orleans.Runtime.GrainCallCancellationManager", "Orleans.Runtime.GrainDirectory.ClientDirectory",
        "Orleans.Runtime.MembershipService", "Orleans.Runtime.Messaging",
    ];

    /// <summary>Logs to standard error, as k8s-metacollector does: standard output is left to what commands print.</summary>
    public static ILoggingBuilder AddLines(this ILoggingBuilder logging, CollectorOptions options)
    {
        logging.ClearProviders();
        logging.AddConsole(console =>
        {
            console.FormatterName = LineFormatter.FormatterName;
            console.LogToStandardErrorThreshold = LogLevel.Trace;
        });
        logging.Services.AddSingleton<ConsoleFormatter>(
            new LineFormatter(options.LogFormat, !Console.IsErrorRedirected, TimeProvider.System));
        var level = options.LogLevels.All;
        logging.SetMinimumLevel(level);
        // Framework and Orleans write at info about their internals, which operators do not need.
        var foreign = level > LogLevel.Debug ? Max(level, LogLevel.Warning) : LogLevel.Information;
        foreach (var category in (string[])["Microsoft", "Orleans", "System", "Grpc", .. GrainServices]) Filter(category, foreign);
        // The watchdog takes the time since the machine's start for a stall.
        Filter("Orleans.Runtime.Watchdog", LogLevel.Error);
        // While a replica is lost or stops, Orleans logs each probe, connection, call and read of the table that fails, and tries again. The program itself says
        // in a line each which replica is lost (MembershipWatcher), that it ends itself (ReplicaEnd), and what it cannot read or write.
        foreach (var category in QuietOfOrleans) Filter(category, level > LogLevel.Debug ? LogLevel.Critical : foreign);
        // A replica that others cannot connect to, as behind a NetworkPolicy, shows here alone.
        Filter("Orleans.Runtime.Messaging.ConnectionManager", foreign);
        // The program itself logs that a replica is not ready, with the reason.
        Filter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.Critical);
        // The directory finds again what it cannot hand over when a silo joins or leaves; nobody has to act.
        Filter("Orleans.Runtime.GrainDirectory", LogLevel.Error);
        // The program itself reports a failed start, in one line. The silo also recommends another garbage collector, which would use more memory.
        foreach (var category in (string[])["Microsoft.Extensions.Hosting.Internal.Host", "Orleans.Runtime.Silo", "Orleans.Runtime.SiloLifecycleSubject"])
            Filter(category, LogLevel.Critical);
        foreach (var (category, wanted) in options.LogLevels.Categories) logging.AddFilter(category, wanted);
        return logging;

        // A level of the command line counts for all categories below it too.
        void Filter(string category, LogLevel least)
        {
            if (!options.LogLevels.Categories.Keys.Any(given => category.StartsWith(given, StringComparison.Ordinal))) logging.AddFilter(category, least);
        }
    }

    private static LogLevel Max(LogLevel first, LogLevel second) => first > second ? first : second;
}
