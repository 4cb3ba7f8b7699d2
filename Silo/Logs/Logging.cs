using MetaCollector.Silo.Settings;
using Microsoft.Extensions.Logging.Console;

namespace MetaCollector.Silo.Logs;

/// <summary>Sets the log up.</summary>
internal static class Logging
{
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
        // What the framework and Orleans tell at info is about themselves, and no operator's business while all is well.
        var foreign = level > LogLevel.Debug ? Max(level, LogLevel.Warning) : LogLevel.Information;
        foreach (var category in (string[])["Microsoft", "Orleans", "System", "Grpc", "Polly", "MetaCollector.Grains.Leadership.SiloService"])
            logging.AddFilter(category, foreign);
        // It takes the time since the machine's start for a stall.
        logging.AddFilter("Orleans.Runtime.Watchdog", LogLevel.Error);
        // It recommends another garbage collector, which would take more memory.
        logging.AddFilter("Orleans.Runtime.Silo", LogLevel.Error);
        // That a replica is not ready yet is told by the program, with the reason.
        logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.Critical);
        // What the directory cannot hand over when a silo comes or goes is found anew; nobody has to act.
        logging.AddFilter("Orleans.Runtime.GrainDirectory", LogLevel.Error);
        // What fails at start is told by the program, in one line.
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
        // What somebody asks for by name comes last, and counts.
        foreach (var (category, wanted) in options.LogLevels.Categories) logging.AddFilter(category, wanted);
        return logging;
    }

    private static LogLevel Max(LogLevel first, LogLevel second) => first > second ? first : second;
}
