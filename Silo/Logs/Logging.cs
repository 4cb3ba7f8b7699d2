using MetaCollector.Silo.Settings;
using Microsoft.Extensions.Logging.Console;

namespace MetaCollector.Silo.Logs;

/// <summary>Sets up the log.</summary>
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
        // Framework and Orleans write at info about their internals, which operators do not need.
        var foreign = level > LogLevel.Debug ? Max(level, LogLevel.Warning) : LogLevel.Information;
        foreach (var category in (string[])["Microsoft", "Orleans", "System", "Grpc", "Polly", "MetaCollector.Grains.Leadership.SiloService"])
            logging.AddFilter(category, foreign);
        // The watchdog takes the time since the machine's start for a stall.
        logging.AddFilter("Orleans.Runtime.Watchdog", LogLevel.Error);
        // The silo recommends another garbage collector, which would use more memory.
        logging.AddFilter("Orleans.Runtime.Silo", LogLevel.Error);
        // The program itself logs that a replica is not ready, with the reason.
        logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.Critical);
        // The directory finds again what it cannot hand over when a silo joins or leaves; nobody has to act.
        logging.AddFilter("Orleans.Runtime.GrainDirectory", LogLevel.Error);
        // The program itself reports a failed start, in one line.
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
        // Last, so that levels of the command line win.
        foreach (var (category, wanted) in options.LogLevels.Categories) logging.AddFilter(category, wanted);
        return logging;
    }

    private static LogLevel Max(LogLevel first, LogLevel second) => first > second ? first : second;
}
