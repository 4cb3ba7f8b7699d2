using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using MetaCollector.Testing.Processes;

namespace MetaCollector.Benchmarks.Reporting;

/// <summary>
/// What a collector takes over the hours: memory, managed heap, open files and threads, a sample every ten seconds, and its log lines
/// by level. Thread-safe.
/// </summary>
internal sealed class ProcessTrend : IAsyncDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);
    private static readonly string[] Levels = ["info", "warn", "error"];

    private readonly CollectorProcess _collector;
    private readonly TimeSpan _warmUp;
    private readonly long _began = Stopwatch.GetTimestamp();
    private readonly TimeSpan _cpuAtStart;
    private readonly ConcurrentDictionary<(string Level, int Minute), int> _lines = new();
    private readonly List<Sample> _samples = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _sampling;

    /// <summary>Begins to sample.</summary>
    /// <param name="collector">Whom.</param>
    /// <param name="warmUp">For how long samples do not count.</param>
    public ProcessTrend(CollectorProcess collector, TimeSpan warmUp)
    {
        (_collector, _warmUp, _cpuAtStart) = (collector, warmUp, collector.Process.CpuTime());
        collector.Process.Printed += Count;
        _sampling = SampleAsync();
    }

    /// <summary>The newest sample in words.</summary>
    public override string ToString()
    {
        lock (_samples)
        {
            return _samples is [.., var last]
                ? string.Create(CultureInfo.InvariantCulture, $"{last.Resident:N0} MiB resident, heap {last.Heap:N0}, {last.Files} files, {last.Threads} threads")
                : "not measured yet";
        }
    }

    /// <summary>Adds everything to a report: what there was after the warm-up.</summary>
    public void AddTo(Report report)
    {
        Sample[] samples;
        lock (_samples) samples = [.. _samples.Where(sample => sample.Hours >= _warmUp.TotalHours)];
        report.Add("samples after warm-up", samples.Length, "");
        AddRange(report, "resident", "MiB", samples, sample => sample.Resident);
        AddRange(report, "managed heap", "MiB", samples, sample => sample.Heap);
        AddRange(report, "open files", "", samples, sample => sample.Files);
        AddRange(report, "threads", "", samples, sample => sample.Threads);
        var elapsed = Stopwatch.GetElapsedTime(_began);
        foreach (var level in Levels)
        {
            var minutes = _lines.Where(entry => entry.Key.Level == level).Select(entry => entry.Value).ToList();
            report.Add($"log lines, {level}", minutes.Sum() / elapsed.TotalMinutes, "a minute");
            report.Add($"log lines, {level}, most", minutes.DefaultIfEmpty().Max(), "in a minute");
        }

        if (!_collector.Process.HasExited) report.Add("processor", (_collector.Process.CpuTime() - _cpuAtStart) / elapsed * 100, "% of a core");
    }

    public async ValueTask DisposeAsync()
    {
        _collector.Process.Printed -= Count;
        await _stop.CancelAsync();
        await _sampling;
        _stop.Dispose();
    }

    private static void AddRange(Report report, string name, string unit, Sample[] samples, Func<Sample, double> value)
    {
        if (samples.Length < 2) return;
        report.Add($"{name}, least", samples.Min(value), unit);
        report.Add($"{name}, most", samples.Max(value), unit);
        report.Add($"{name}, slope", Slope(samples, value), unit.Length == 0 ? "an hour" : $"{unit} an hour");
    }

    // Least squares.
    private static double Slope(Sample[] samples, Func<Sample, double> value)
    {
        var (x, y) = (samples.Average(sample => sample.Hours), samples.Average(value));
        return samples.Sum(sample => (sample.Hours - x) * (value(sample) - y)) / samples.Sum(sample => (sample.Hours - x) * (sample.Hours - x));
    }

    private async Task SampleAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(Period, _stop.Token);
                var heap = HeapOf(await _collector.MetricsAsync(_stop.Token));
                var process = _collector.Process;
                var sample = new Sample(
                    Stopwatch.GetElapsedTime(_began).TotalHours, process.Resident() / Mebibyte, heap / Mebibyte, process.OpenFiles(), process.Threads());
                lock (_samples) _samples.Add(sample);
            }
            catch (Exception exception) when (exception is OperationCanceledException or HttpRequestException or IOException)
            {
                // Stopped, or the collector is gone or busy: the next sample tells.
            }
        }
    }

    private const double Mebibyte = 1024 * 1024;

    // After the last collection, all generations: what is alive, and what it left between.
    private static double HeapOf(string metrics) => metrics.Split('\n')
        .Where(line => line.StartsWith("dotnet_gc_last_collection_heap_size_bytes{", StringComparison.Ordinal))
        .Sum(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));

    private void Count(string line)
    {
        var minute = (int)Stopwatch.GetElapsedTime(_began).TotalMinutes;
        foreach (var level in Levels)
            if (line.Contains($"\"level\":\"{level}\"", StringComparison.Ordinal)) _lines.AddOrUpdate((level, minute), 1, (_, count) => count + 1);
    }

    private readonly record struct Sample(double Hours, double Resident, double Heap, int Files, int Threads);
}
