using System.Diagnostics;
using System.Diagnostics.Metrics;
using MetaCollector.Silo.CommandLine;
using MetaCollector.Silo.Probes;

namespace MetaCollector.Silo.Metrics;

/// <summary>
/// The process metrics of every Prometheus client, under their usual names, and the build. Thread-safe.
/// </summary>
internal sealed class ProcessMetrics : IDisposable
{
    private readonly Meter _meter = new("MetaCollector.Process");

    public ProcessMetrics(Readiness readiness)
    {
        var (version, commit) = VersionCommand.OfBuild;
        KeyValuePair<string, object?>[] build =
            [new("version", version), new("commit", commit), new("runtime", Environment.Version.ToString())];
        _meter.CreateObservableGauge("meta_collector_build_info", () => new Measurement<int>(1, build), null, "Which build this is; always 1.");
        _meter.CreateObservableGauge("meta_collector_ready", () => readiness.Ask().IsReady ? 1 : 0, null, "1 while /readyz says yes.");
        _meter.CreateObservableCounter("process_cpu_seconds_total", () => Environment.CpuUsage.TotalTime.TotalSeconds, "s",
            "Processor time used, in seconds.");
        _meter.CreateObservableGauge("process_resident_memory_bytes", () => Environment.WorkingSet, "By", "Resident memory, in bytes.");
        _meter.CreateObservableGauge("process_open_fds", OpenFiles, null, "Open file descriptors.");
        using var self = Process.GetCurrentProcess();
        var started = new DateTimeOffset(self.StartTime).ToUnixTimeMilliseconds() / 1000.0;
        _meter.CreateObservableGauge("process_start_time_seconds", () => started, "s", "When the process started, in Unix time.");
    }

    public void Dispose() => _meter.Dispose();

    private static IEnumerable<Measurement<int>> OpenFiles()
    {
        const string folder = "/proc/self/fd";
        return Directory.Exists(folder) ? [new Measurement<int>(Directory.GetFileSystemEntries(folder).Length)] : [];
    }
}
