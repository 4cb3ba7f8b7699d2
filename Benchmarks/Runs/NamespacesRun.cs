using System.Diagnostics;
using MetaCollector.Benchmarks.Reporting;
using MetaCollector.Simulator;
using MetaCollector.Testing.Oracle;
using MetaCollector.Testing.Processes;
using MetaCollector.Testing.Streams;

namespace MetaCollector.Benchmarks.Runs;

/// <summary>
/// Namespaces that come and go, thousands in a row, beside a cluster that stays; at the end every subscriber is compared with the oracle, and the
/// collector has to be as it was before: as many activations, no more messages at rest, no more memory, files and threads.
/// </summary>
internal static class NamespacesRun
{
    private const int AtOnce = 20;
    private const int WarmUp = 400;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    // Gateways forget a namespace that has been empty for a minute, and its nodes when they verify next; then memory is given back.
    private static readonly TimeSpan Settling = TimeSpan.FromMinutes(3);

    /// <summary>How large, and how many.</summary>
    internal sealed record Shape(int Nodes, int PodsPerNode, int Namespaces, int Ephemeral);

    /// <summary>Runs and prints; exit code 0 if nothing was left behind.</summary>
    public static async Task<int> RunAsync(Shape shape, CancellationToken cancellation)
    {
        await using var simulator = await ApiServerSimulator.StartAsync(new SimulatorOptions { BookmarkInterval = TimeSpan.FromSeconds(2) }, cancellation);
        simulator.Clusters.Generate(shape.Nodes, shape.PodsPerNode, shape.Namespaces);
        var folder = Directory.CreateTempSubdirectory("metacollector-namespaces-").FullName;
        var kubeconfig = Path.Combine(folder, "kubeconfig");
        await simulator.WriteKubeconfigAsync(kubeconfig, cancellation);
        await using var collector = CollectorProcess.Start(kubeconfig, "--log-level", "warn");
        try
        {
            await collector.WaitUntilReadyAsync(cancellation);
            await using var subscribers = new Subscribers(collector.Broker, Enumerable.Range(0, shape.Nodes).Select(i => $"node-{i}"));
            // What the first ones bring, code and buffers, stays, and is not counted.
            var made = await ComeAndGoAsync(simulator, subscribers, shape, 0, Math.Min(WarmUp, shape.Ephemeral), cancellation);
            var before = await RestingAsync(simulator, subscribers, collector, null, cancellation);
            Console.WriteLine($"before: {before}");
            var began = Stopwatch.GetTimestamp();
            made += await ComeAndGoAsync(simulator, subscribers, shape, WarmUp, shape.Ephemeral, cancellation);
            var took = Stopwatch.GetElapsedTime(began);
            var after = await RestingAsync(simulator, subscribers, collector, before, cancellation);
            Console.WriteLine($"after:  {after}");

            var differences = subscribers.Compare(Comparison.OracleOf(simulator));
            differences.AddFaults(subscribers.Faults);
            var growth = Rest.Growth([before, after]);
            var report = new Report($"namespaces: {shape.Ephemeral} that come and go beside {shape.Nodes} nodes × {shape.PodsPerNode} pods in {shape.Namespaces} namespaces");
            report.Add("namespaces a second", shape.Ephemeral / took.TotalSeconds, "");
            report.Add("pods made", made, "");
            report.Add("pods that a subscriber was sent", subscribers.EphemeralPods, "");
            report.Add(differences);
            report.Add("activations for nodes, before", before.NodeGrains, "");
            report.Add("activations for nodes, after", after.NodeGrains, "");
            report.Add("activations for namespaces, before", before.NamespaceGrains, "");
            report.Add("activations for namespaces, after", after.NamespaceGrains, "");
            report.Add("batches in ten seconds, before", before.Batches, "");
            report.Add("batches in ten seconds, after", after.Batches, "");
            report.AddMemory("managed heap, before", before.Heap);
            report.AddMemory("managed heap, after", after.Heap);
            report.AddMemory("resident, before", before.Resident);
            report.AddMemory("resident, after", after.Resident);
            report.Add("grown beyond its limit", growth.Count, "");
            report.Print(Console.Out);
            foreach (var line in growth) Console.WriteLine($"has grown: {line}");
            foreach (var fault in subscribers.Faults.Take(10)) Console.WriteLine(fault);
            return differences.IsClean && growth.Count == 0 && subscribers.Broken == 0 ? 0 : 1;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // A few at once, each gone only when subscribers were sent its pods, so that none comes and goes unseen.
    private static async Task<int> ComeAndGoAsync(
        ApiServerSimulator simulator, Subscribers subscribers, Shape shape, int from, int count, CancellationToken cancellation)
    {
        var pods = 0;
        for (var first = from; first < from + count; first += AtOnce)
        {
            var several = Enumerable.Range(first, Math.Min(AtOnce, from + count - first)).Select(i => new EphemeralNamespace(
                simulator.Objects, $"preview-{i}", $"node-{i % shape.Nodes}", $"node-{(i + 1) % shape.Nodes}")).ToList();
            foreach (var each in several) each.Create();
            pods += several.Sum(each => each.Pods);
            await subscribers.UntilAsync(() => subscribers.EphemeralHeld == several.Sum(each => each.Pods), Patience, cancellation);
            foreach (var (each, i) in several.Select((each, i) => (each, i))) each.Delete(podsFirst: i % 2 == 0);
            await subscribers.UntilAsync(() => subscribers.EphemeralHeld == 0, Patience, cancellation);
        }

        return pods;
    }

    // Grains that nobody needs go after a while, and memory is given back after a while.
    private static async Task<Rest> RestingAsync(
        ApiServerSimulator simulator, Subscribers subscribers, CollectorProcess collector, Rest? before, CancellationToken cancellation)
    {
        var oracle = Comparison.OracleOf(simulator);
        await subscribers.UntilAsync(() => subscribers.Compare(oracle).IsClean, Patience, cancellation);
        var began = Stopwatch.GetTimestamp();
        var last = await Rest.MeasureAsync(collector, cancellation);
        while (Stopwatch.GetElapsedTime(began) < Patience)
        {
            var next = await Rest.MeasureAsync(collector, cancellation);
            var isSteady = next.NodeGrains == last.NodeGrains && next.NamespaceGrains == last.NamespaceGrains && next.Resident <= last.Resident * 1.01;
            last = next;
            if (Stopwatch.GetElapsedTime(began) < Settling) continue;
            if (before is null ? isSteady : Rest.Growth([before, next]).Count == 0) break;
        }

        return last;
    }

    /// <summary>A subscriber for each node, which counts the pods of the namespaces that come and go.</summary>
    private sealed class Subscribers : IAsyncDisposable
    {
        private readonly List<(StreamClient Stream, StreamLog Log)> _all = [];
        private readonly HashSet<string> _held = [];
        private int _seen;

        public Subscribers(Uri broker, IEnumerable<string> nodes)
        {
            foreach (var node in nodes)
            {
                var log = new StreamLog(StreamClient.DefaultKinds) { KeepsEvents = false };
                _all.Add((new StreamClient(broker, node, onEvent: (_, received) => Take(log, received)), log));
            }
        }

        public int EphemeralHeld
        {
            get { lock (_held) return _held.Count; }
        }

        public int EphemeralPods
        {
            get { lock (_held) return _seen; }
        }

        public int Broken => _all.Count(each => each.Stream.Ended is not null);

        public IEnumerable<string> Faults => _all.SelectMany(each => each.Log.Faults.Select(fault => $"{each.Stream.Node}: {fault}"));

        public Deviations Compare(RelatedOracle oracle)
        {
            var total = new Deviations();
            foreach (var (stream, log) in _all) total.Add(Deviations.Between(oracle.LinesFor(stream.Node), log));
            return total;
        }

        public async Task UntilAsync(Func<bool> condition, TimeSpan patience, CancellationToken cancellation)
        {
            var began = Stopwatch.GetTimestamp();
            while (!condition())
            {
                if (_all.Find(each => each.Stream.Ended is not null) is { Stream: { } ended }) throw new InvalidOperationException($"the stream of {ended.Node} ended: {ended.Ended}");
                if (Stopwatch.GetElapsedTime(began) > patience) throw new TimeoutException($"the subscribers hold {EphemeralHeld} pods of namespaces that come and go");
                await Task.Delay(5, cancellation);
            }
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var (stream, _) in _all) await stream.DisposeAsync();
        }

        private void Take(StreamLog log, Gateway.Wire.Event received)
        {
            log.Add(received);
            if (received.Kind != "Pod") return;
            lock (_held)
            {
                if (received.Reason == "Delete") _held.Remove(received.Uid);
                else if (received.Meta.Contains("\"namespace\":\"preview-", StringComparison.Ordinal) && _held.Add(received.Uid)) _seen++;
            }
        }
    }
}
