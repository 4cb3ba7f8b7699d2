using System.Diagnostics;
using MetaCollector.Benchmarks.Reporting;
using MetaCollector.Testing.Api;
using MetaCollector.Testing.Oracle;
using MetaCollector.Testing.Processes;
using MetaCollector.Testing.Streams;

namespace MetaCollector.Benchmarks.Runs;

/// <summary>
/// The soak against an API server that is there already, a real one: random changes in namespaces of its own, which its controllers
/// answer in their way, and namespaces that come and go; a proxy in between cuts, silences and holds back watches, and refuses kinds for a time. Every
/// ten seconds all come to rest, and every subscriber, and a new one for each node, is compared with the oracle; what the collector takes
/// then may not grow. Everything is deleted at the end.
/// </summary>
internal static class ServerSoakRun
{
    private static readonly TimeSpan RoundTime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(60);

    /// <summary>How large, and how long.</summary>
    internal sealed record Shape(string Kubeconfig, int Nodes, int Namespaces, double Churn, TimeSpan Duration);

    /// <summary>Runs and prints; exit code 0 if nothing was wrong.</summary>
    public static async Task<int> RunAsync(Shape shape, CancellationToken cancellation)
    {
        using var api = new ApiClient(shape.Kubeconfig);
        var changes = new ServerChanges(api, $"soak-{Guid.NewGuid().ToString("N")[..8]}", shape.Nodes, shape.Namespaces, new Random(1));
        var kubeconfig = Path.GetTempFileName();
        var dice = new Random(2);
        var rests = new List<Rest>();
        try
        {
            await changes.PrepareAsync(cancellation);
            await using var proxy = await ApiProxy.StartAsync(shape.Kubeconfig, cancellation);
            await proxy.WriteKubeconfigAsync(kubeconfig, cancellation);
            await using var collector = CollectorProcess.Start(kubeconfig, "--watch-idle-timeout", "20s");
            await collector.WaitUntilReadyAsync(cancellation);
            await using var subscribers = new Subscribers(collector.Broker, changes.Nodes);
            var totals = new Deviations();
            var late = new Deviations();
            var began = Stopwatch.GetTimestamp();
            for (var round = 1; Stopwatch.GetElapsedTime(began) < shape.Duration; round++)
            {
                Disturb(proxy, dice);
                await changes.NextPreviewAsync(cancellation);
                await ChangeAsync(shape, changes, cancellation);
                proxy.HoldBack = 0;
                proxy.Faults.ClearAnswers();
                var compared = await CompareAsync(changes, subscribers, cancellation);
                await using var newcomers = new Subscribers(collector.Broker, changes.Nodes);
                late.Add(await CompareAsync(changes, newcomers, cancellation));
                late.AddFaults(newcomers.Faults);
                totals.Add(compared);
                rests.Add(await Rest.MeasureAsync(collector, cancellation));
                Console.WriteLine($"{Stopwatch.GetElapsedTime(began):mm\\:ss} round {round}: {changes.Made:N0} changes, {subscribers.Events:N0} events, "
                    + $"{subscribers.Held} held; {compared}; new subscribers: {late}; {rests[^1]}");
            }

            totals.AddFaults(subscribers.Faults);
            var report = new Report($"soak: {shape.Kubeconfig}, {shape.Nodes} nodes, {shape.Namespaces} namespaces, {shape.Churn} changes a second, {shape.Duration}");
            report.Add("changes made", changes.Made, "");
            report.Add("changes refused", changes.Refused, "");
            report.Add("events received", subscribers.Events, "");
            report.Add(totals);
            report.Add("new subscribers: anything wrong", late.Missing + late.Extra + late.Stale + late.Illegal + late.Dangling, "");
            report.Add("streams broken", subscribers.Broken, "");
            report.AddMemory("resident, peak", collector.Process.PeakResident());
            var growth = Rest.Growth(rests);
            report.Add("grown beyond its limit", growth.Count, "");
            report.Print(Console.Out);
            foreach (var line in growth) Console.WriteLine($"has grown: {line}");
            foreach (var fault in subscribers.Faults.Take(10)) Console.WriteLine(fault);
            return totals.IsClean && late.IsClean && growth.Count == 0 && subscribers.Broken == 0 ? 0 : 1;
        }
        finally
        {
            File.Delete(kubeconfig);
            await changes.CleanUpAsync();
        }
    }

    private static void Disturb(ApiProxy proxy, Random dice)
    {
        string[] resources = ["pods", "namespaces", "services", "replicasets", "deployments", "endpointslices", "*"];
        var resource = resources[dice.Next(resources.Length)];
        switch (dice.Next(6))
        {
            case 0: proxy.Faults.CutWatches(resource); break;
            case 1: proxy.Faults.EndWatches(resource); break;
            case 2: proxy.Faults.FreezeWatches(resource); break;
            case 3: proxy.HoldBack = 64 * 1024; break;
            case 4:
                foreach (var verb in (string[])["list", "watch"]) proxy.Faults.Answer(403, int.MaxValue, resource, verb);
                proxy.Faults.CutWatches(resource);
                break;
            default: proxy.Faults.ExpireNextWatches("pods"); proxy.Faults.CutWatches("pods"); break;
        }
    }

    private static async Task ChangeAsync(Shape shape, ServerChanges changes, CancellationToken cancellation)
    {
        var began = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1 / shape.Churn));
        while (Stopwatch.GetElapsedTime(began) < RoundTime && await timer.WaitForNextTickAsync(cancellation)) await changes.ChangeAsync();
    }

    // Controllers go on for a while: read again until all agree, or for too long.
    private static async Task<Deviations> CompareAsync(ServerChanges changes, Subscribers subscribers, CancellationToken cancellation)
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            var oracle = new RelatedOracle((await changes.ReadAsync()).Where(resource => Comparison.Watched.Contains(resource.Kind)), Comparison.Watched);
            var total = new Deviations();
            foreach (var (node, log) in subscribers.Logs) total.Add(Deviations.Between(oracle.LinesFor(node), log));
            if (total.IsClean || Stopwatch.GetElapsedTime(began) > Quiet) return total;
            await Task.Delay(200, cancellation);
        }
    }

    /// <summary>A subscriber for each node.</summary>
    private sealed class Subscribers : IAsyncDisposable
    {
        private readonly List<StreamClient> _streams;

        public Subscribers(Uri broker, IEnumerable<string> nodes)
        {
            Logs = nodes.ToDictionary(node => node, _ => new StreamLog(StreamClient.DefaultKinds));
            _streams = [.. Logs.Select(log => new StreamClient(broker, log.Key, onEvent: (_, received) => log.Value.Add(received)))];
        }

        public IReadOnlyDictionary<string, StreamLog> Logs { get; }

        public int Events => Logs.Values.Sum(log => log.Count);

        public int Held => Logs.Values.Sum(log => log.Held.Count);

        public int Broken => _streams.Count(stream => stream.Ended is not null);

        public IEnumerable<string> Faults => Logs.SelectMany(log => log.Value.Faults.Select(fault => $"{log.Key}: {fault}"));

        public async ValueTask DisposeAsync()
        {
            foreach (var stream in _streams) await stream.DisposeAsync();
        }
    }
}
