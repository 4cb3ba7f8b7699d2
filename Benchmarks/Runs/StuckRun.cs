using System.Collections.Concurrent;
using System.Diagnostics;
using MetaCollector.Benchmarks.Load;
using MetaCollector.Benchmarks.Reporting;
using MetaCollector.Simulator;
using MetaCollector.Simulator.Objects;
using MetaCollector.Simulator.Resources;
using MetaCollector.Testing.Oracle;
using MetaCollector.Testing.Processes;
using MetaCollector.Testing.Streams;

namespace MetaCollector.Benchmarks.Runs;

/// <summary>
/// What a few subscribers that read nothing cost all others. Phases with and without them alternate in one run (without, with, with,
/// without, ...), under the same changes, and the delay of the same healthy streams is compared; so what the machine does beside comes
/// out of it. After each phase the stuck ones read again and must catch up, with a legal log, to what their neighbours hold.
/// </summary>
internal static class StuckRun
{
    private const double Limit = 1.1;
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>How large, and how long.</summary>
    internal sealed record Shape(int Nodes, int PodsPerNode, int Namespaces, int Streams, int Stuck, double Churn, int Pairs, TimeSpan Phase);

    /// <summary>Runs and prints; exit code 1 if a stream was not right, 2 if the delay grew by more than a tenth.</summary>
    public static async Task<int> RunAsync(Shape shape, CancellationToken cancellation)
    {
        // A window that grows by itself would let a reader be stuck without anybody noticing.
        AppContext.SetSwitch("System.Net.SocketsHttpHandler.Http2FlowControl.DisableDynamicWindowSizing", true);
        await using var simulator = await ApiServerSimulator.StartAsync(new SimulatorOptions(), cancellation);
        simulator.Clusters.Generate(shape.Nodes, shape.PodsPerNode, shape.Namespaces);
        var expected = ExpectedCounts.Of(simulator);
        var folder = Directory.CreateTempSubdirectory("metacollector-stuck-").FullName;
        var kubeconfig = Path.Combine(folder, "kubeconfig");
        await simulator.WriteKubeconfigAsync(kubeconfig, cancellation);
        await using var collector = CollectorProcess.Start(kubeconfig);
        await collector.WaitUntilReadyAsync(cancellation);

        var run = new Streams(shape, collector.Broker, expected);
        try
        {
            await Task.WhenAll(run.All.Select(stream => stream.Complete));
            await PhaseAsync(shape, simulator, run, isStuck: false, cancellation); // For the compiler, here and there; not counted.
            var phases = new List<Phase>();
            for (var i = 0; i < 2 * shape.Pairs; i++)
            {
                var phase = await PhaseAsync(shape, simulator, run, isStuck: i % 4 is 1 or 2, cancellation);
                phase.Resident = collector.Process.Resident();
                phases.Add(phase);
                Console.WriteLine(phase);
            }

            return Print(shape, run, phases, collector);
        }
        finally
        {
            await run.DisposeAsync();
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<Phase> PhaseAsync(Shape shape, ApiServerSimulator simulator, Streams streams, bool isStuck, CancellationToken cancellation)
    {
        GC.Collect();
        var before = streams.EventsOfOneStuck;
        var beforeNeighbour = streams.EventsOfItsNeighbour;
        if (isStuck) streams.Pause();
        await FillAsync(shape, simulator, cancellation);
        await Task.Delay(Settling, cancellation);

        var delays = streams.Measure();
        var pods = simulator.Objects.List(ResourceTypes.Pods);
        var began = Stopwatch.GetTimestamp();
        var changes = 0;
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(Math.Max(1, 1000 / shape.Churn)));
        while (Stopwatch.GetElapsedTime(began) < shape.Phase && await timer.WaitForNextTickAsync(cancellation))
        {
            for (var due = (int)(Stopwatch.GetElapsedTime(began).TotalSeconds * shape.Churn); changes < due; changes++)
                simulator.Objects.Change(pods[(int)((changes * 7919L) % pods.Count)], ChangeStamp.Put);
        }

        await Task.Delay(TimeSpan.FromSeconds(1), cancellation);
        streams.StopMeasuring();
        streams.Resume();
        var caughtUp = await streams.CaughtUpAsync(Patience, cancellation);
        return new Phase(isStuck, new Percentiles(delays), streams.EventsOfOneStuck - before, streams.EventsOfItsNeighbour - beforeNeighbour, caughtUp);
    }

    // Far more than a connection takes in by itself, so that those who do not read are stuck indeed; in every phase, to keep them alike.
    private static async Task FillAsync(Shape shape, ApiServerSimulator simulator, CancellationToken cancellation)
    {
        var names = Enumerable.Range(0, 100).Select(i => $"filler-{i}").ToArray();
        for (var round = 0; round < 3; round++)
        {
            var value = $"{round}".PadRight(60, 'x');
            foreach (var pod in PodsOfStuck()) simulator.Objects.Change(pod, current => current.Labelled([.. names.Select(name => (name, value))]));
            await Task.Delay(500, cancellation); // Else each pod's changes would be merged into one on the way.
        }

        foreach (var pod in PodsOfStuck()) simulator.Objects.Change(pod, current => names.Aggregate(current, (item, name) => item.Unset($"metadata.labels.{name}")));

        IEnumerable<KubernetesObject> PodsOfStuck() => simulator.Objects.List(ResourceTypes.Pods)
            .Where(pod => Enumerable.Range(0, shape.Stuck).Any(i => pod.NodeName == Streams.NodeOf(shape, i)));
    }

    private static int Print(Shape shape, Streams streams, List<Phase> phases, CollectorProcess collector)
    {
        var without = phases.Where(phase => !phase.IsStuck).ToList();
        var with = phases.Where(phase => phase.IsStuck).ToList();
        var ratio = Median(with, phase => phase.Delays.At(99)) / Median(without, phase => phase.Delays.At(99));
        var report = new Report($"{shape.Streams} streams, {shape.Stuck} of them stuck in every other of {phases.Count} phases of {shape.Phase.TotalSeconds:N0} s; "
            + $"{shape.Nodes} nodes × {shape.PodsPerNode} pods, {shape.Churn} changes a second; medians over the phases");
        report.Add("samples of a phase", Median(phases, phase => phase.Delays.Count), "");
        report.Add("delay of the others, p50, nobody stuck", Median(without, phase => phase.Delays.At(50)), "ms");
        report.Add("delay of the others, p50, some stuck", Median(with, phase => phase.Delays.At(50)), "ms");
        report.Add("delay of the others, p99, nobody stuck", Median(without, phase => phase.Delays.At(99)), "ms");
        report.Add("delay of the others, p99, some stuck", Median(with, phase => phase.Delays.At(99)), "ms");
        report.Add("ratio of the p99", ratio, $"(limit {Limit})");
        report.Add("ratio that chance makes: every other phase with nobody stuck over the rest", Chance(without), "");
        report.Add("events of a stuck stream in a phase", Median(with, phase => phase.EventsOfStuck), "");
        report.Add("events of its neighbour on the same node", Median(with, phase => phase.EventsOfNeighbour), "");
        report.Add("time to catch up, longest", with.Max(phase => phase.CaughtUp?.TotalMilliseconds ?? double.NaN), "ms");
        report.Add("phases after which somebody did not catch up", phases.Count(phase => phase.CaughtUp is null), "");
        report.Add("faults in the logs", streams.Faults.Count, "");
        report.Add("streams broken", streams.All.Count(stream => stream.Ended is not null), "");
        report.AddMemory("resident, nobody stuck", Median(without, phase => phase.Resident));
        report.AddMemory("resident, some stuck", Median(with, phase => phase.Resident));
        report.AddMemory("resident, peak", collector.Process.PeakResident());
        report.Print(Console.Out);
        foreach (var fault in streams.Faults.Take(10)) Console.WriteLine(fault);
        var isRight = phases.All(phase => phase.CaughtUp is not null) && streams.Faults.Count == 0 && streams.All.All(stream => stream.Ended is null);
        return !isRight ? 1 : ratio > Limit ? 2 : 0;
    }

    private static double Median(IReadOnlyList<Phase> phases, Func<Phase, double> figure) => new Percentiles(phases.Select(figure)).At(50);

    private static double Chance(IReadOnlyList<Phase> without) =>
        Median([.. without.Where((_, i) => i % 2 == 1)], phase => phase.Delays.At(99)) / Median([.. without.Where((_, i) => i % 2 == 0)], phase => phase.Delays.At(99));

    /// <summary>What one phase measured.</summary>
    private sealed record Phase(bool IsStuck, Percentiles Delays, long EventsOfStuck, long EventsOfNeighbour, TimeSpan? CaughtUp)
    {
        /// <summary>Memory of the collector, in bytes.</summary>
        public long Resident { get; set; }

        public override string ToString() => string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"{(IsStuck ? "some stuck  " : "nobody stuck")} p50 {Delays.At(50):N2} ms, p99 {Delays.At(99):N2} ms, {Delays.Count} samples, resident {Resident >> 20} MiB");
    }

    /// <summary>All subscribers. The first ones are those that get stuck; logs are kept of all streams on their nodes.</summary>
    private sealed class Streams : IAsyncDisposable
    {
        private readonly Shape _shape;
        private readonly List<StreamLog?> _logs = [];
        private volatile ConcurrentQueue<double>? _delays;

        public Streams(Shape shape, Uri broker, IReadOnlyDictionary<string, int> expected)
        {
            _shape = shape;
            for (var i = 0; i < shape.Streams; i++)
            {
                var log = i % shape.Nodes < shape.Stuck ? new StreamLog(StreamClient.DefaultKinds) : null;
                var isHealthy = i >= shape.Stuck;
                _logs.Add(log);
                All.Add(new StreamClient(broker, NodeOf(shape, i), expected[NodeOf(shape, i)], (_, received) =>
                {
                    log?.Add(received);
                    if (isHealthy && _delays is { } delays && ChangeStamp.DelayOf(received) is { } delay) delays.Enqueue(delay);
                }));
            }
        }

        public List<StreamClient> All { get; } = [];

        public long EventsOfOneStuck => All[0].Events;

        public long EventsOfItsNeighbour => All[_shape.Nodes].Events;

        public IReadOnlyList<string> Faults => [.. _logs.OfType<StreamLog>().SelectMany(log => log.Faults)];

        public static string NodeOf(Shape shape, int stream) => $"node-{stream % shape.Nodes}";

        public ConcurrentQueue<double> Measure() => _delays = new ConcurrentQueue<double>();

        public void StopMeasuring() => _delays = null;

        public void Pause() => All.Take(_shape.Stuck).ToList().ForEach(stream => stream.Pause());

        public void Resume() => All.Take(_shape.Stuck).ToList().ForEach(stream => stream.Resume());

        /// <summary>How long it took until every stuck stream held what the next stream of its node holds; null if it never did.</summary>
        public async Task<TimeSpan?> CaughtUpAsync(TimeSpan patience, CancellationToken cancellation)
        {
            var began = Stopwatch.GetTimestamp();
            for (var i = 0; i < _shape.Stuck; i++)
            {
                while (!Lines(_logs[i]!).SequenceEqual(Lines(_logs[i + _shape.Nodes]!)))
                {
                    if (Stopwatch.GetElapsedTime(began) > patience) return null;
                    await Task.Delay(20, cancellation);
                }
            }

            return Stopwatch.GetElapsedTime(began);
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var stream in All) await stream.DisposeAsync();
        }

        private static IEnumerable<string> Lines(StreamLog log) =>
            log.Held.Values.Select(held => Expected.Of(held).ToString()).Order(StringComparer.Ordinal);
    }
}
