using System.Collections.Concurrent;
using System.Diagnostics;
using MetaCollector.Benchmarks.Reporting;
using MetaCollector.Simulator;
using MetaCollector.Testing.Processes;
using MetaCollector.Testing.Streams;

namespace MetaCollector.Benchmarks.Runs;

/// <summary>
/// One replica against the simulator: cold start, all subscribers at once, changes at a set rate. The collector is a process of its
/// own; simulator and subscribers share this one, and the machine.
/// </summary>
internal static class SyncRun
{
    private static readonly TimeSpan IdleAfter = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan IdleWindow = TimeSpan.FromSeconds(30);

    /// <summary>How large, and how long.</summary>
    internal sealed record Shape(int Nodes, int PodsPerNode, int Namespaces, int Streams, double Churn, TimeSpan Duration);

    /// <summary>Runs and prints.</summary>
    public static async Task<int> RunAsync(Shape shape, CancellationToken cancellation)
    {
        await using var simulator = await ApiServerSimulator.StartAsync(new SimulatorOptions(), cancellation);
        simulator.Clusters.Generate(shape.Nodes, shape.PodsPerNode, shape.Namespaces);
        var expected = ExpectedCounts.Of(simulator);
        var folder = Directory.CreateTempSubdirectory("metacollector-bench-").FullName;
        var kubeconfig = Path.Combine(folder, "kubeconfig");
        await simulator.WriteKubeconfigAsync(kubeconfig, cancellation);
        var report = new Report($"{shape.Nodes} nodes × {shape.PodsPerNode} pods, {shape.Namespaces} namespaces, {shape.Streams} streams, "
            + $"{expected.Values.Sum()} resources to send to one stream for each node");

        var started = Stopwatch.GetTimestamp();
        await using var collector = CollectorProcess.Start(kubeconfig);
        await collector.WaitUntilReadyAsync(cancellation);
        report.Add("start to in sync", Stopwatch.GetElapsedTime(started).TotalSeconds, "s");
        report.Add("CPU until in sync", collector.Process.CpuTime().TotalSeconds, "s");
        report.AddMemory("resident, in sync", collector.Process.Resident());

        var delays = new ConcurrentQueue<double>();
        var streams = await SubscribeAsync(shape, collector, expected, delays, report);
        try
        {
            await ChangeAsync(shape, simulator, collector, delays, report, cancellation);
            report.AddMemory("resident, peak", collector.Process.PeakResident());
            foreach (var sum in simulator.Requests.Summary()) report.Add($"requests: {sum.Verb} {sum.Resource}", sum.Requests, "");
            report.Print(Console.Out);
            return streams.Any(stream => stream.Ended is not null) ? 1 : 0;
        }
        finally
        {
            foreach (var stream in streams) await stream.DisposeAsync();
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<List<StreamClient>> SubscribeAsync(
        Shape shape, CollectorProcess collector, IReadOnlyDictionary<string, int> expected, ConcurrentQueue<double> delays, Report report)
    {
        var cpu = collector.Process.CpuTime();
        var streams = new List<StreamClient>(shape.Streams);
        for (var i = 0; i < shape.Streams; i++)
        {
            var node = $"node-{i % shape.Nodes}";
            streams.Add(new StreamClient(collector.Broker, node, expected[node], (_, received) =>
            {
                if (ChangeStamp.DelayOf(received) is { } delay) delays.Enqueue(delay);
            }));
        }

        await Task.WhenAll(streams.Select(stream => stream.Complete));
        var complete = new Percentiles(streams.Select(stream => Stopwatch.GetElapsedTime(stream.Started, stream.Completed).TotalMilliseconds));
        var first = new Percentiles(streams.Select(stream => Stopwatch.GetElapsedTime(stream.Started, stream.First).TotalMilliseconds));
        report.Add("storm: stream complete, p50", complete.At(50), "ms");
        report.Add("storm: stream complete, p99", complete.At(99), "ms");
        report.Add("storm: first event, p50", first.At(50), "ms");
        report.Add("storm: CPU of the collector", (collector.Process.CpuTime() - cpu).TotalSeconds, "s");
        report.AddMemory("resident, after the storm", collector.Process.Resident());
        return streams;
    }

    private static async Task ChangeAsync(
        Shape shape, ApiServerSimulator simulator, CollectorProcess collector, ConcurrentQueue<double> delays, Report report, CancellationToken cancellation)
    {
        // What the start left to do (compiling hot code again, collecting garbage) is not idling.
        await Task.Delay(IdleAfter, cancellation);
        var idle = await CpuOverAsync(collector, IdleWindow, cancellation);
        report.Add("idle: CPU", 100 * (idle / IdleWindow), "% of a core");

        var pods = simulator.Objects.List(Simulator.Resources.ResourceTypes.Pods);
        var cpu = collector.Process.CpuTime();
        var began = Stopwatch.GetTimestamp();
        var changes = 0;
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(Math.Max(1, 1000 / shape.Churn)));
        while (Stopwatch.GetElapsedTime(began) < shape.Duration && await timer.WaitForNextTickAsync(cancellation))
        {
            for (var due = (int)(Stopwatch.GetElapsedTime(began).TotalSeconds * shape.Churn); changes < due; changes++)
            {
                var pod = pods[(int)((changes * 7919L) % pods.Count)];
                simulator.Objects.Change(pod, ChangeStamp.Put);
            }
        }

        await Task.Delay(1000, cancellation);
        var used = collector.Process.CpuTime() - cpu - (idle * (shape.Duration / IdleWindow));
        var delay = new Percentiles(delays);
        report.Add("churn: changes made", changes, "");
        report.Add("churn: events received", delay.Count, "");
        report.Add("churn: delay, p50", delay.At(50), "ms");
        report.Add("churn: delay, p99", delay.At(99), "ms");
        report.Add("churn: CPU per change", used.TotalMilliseconds / Math.Max(1, changes), "ms");
    }

    private static async Task<TimeSpan> CpuOverAsync(CollectorProcess collector, TimeSpan duration, CancellationToken cancellation)
    {
        var before = collector.Process.CpuTime();
        await Task.Delay(duration, cancellation);
        return collector.Process.CpuTime() - before;
    }
}
