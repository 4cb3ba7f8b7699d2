using System.Diagnostics;
using MetaCollector.Benchmarks.Reporting;
using MetaCollector.Simulator;
using MetaCollector.Testing.Oracle;
using MetaCollector.Testing.Processes;
using MetaCollector.Testing.Streams;

namespace MetaCollector.Benchmarks.Runs;

/// <summary>
/// Random changes and faults for as long as asked, a subscriber for each node; now and then, and at the end, everything comes to rest
/// and every subscriber is compared with the oracle.
/// </summary>
internal static class SoakRun
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(60);

    /// <summary>How large, and how long.</summary>
    internal sealed record Shape(int Nodes, int PodsPerNode, int Namespaces, double Churn, TimeSpan Duration);

    /// <summary>Runs and prints; exit code 0 if nothing was wrong.</summary>
    public static async Task<int> RunAsync(Shape shape, CancellationToken cancellation)
    {
        await using var simulator = await ApiServerSimulator.StartAsync(new SimulatorOptions { BookmarkInterval = TimeSpan.FromSeconds(2) }, cancellation);
        simulator.Clusters.Generate(shape.Nodes, shape.PodsPerNode, shape.Namespaces);
        var folder = Directory.CreateTempSubdirectory("metacollector-soak-").FullName;
        var kubeconfig = Path.Combine(folder, "kubeconfig");
        await simulator.WriteKubeconfigAsync(kubeconfig, cancellation);
        await using var collector = CollectorProcess.Start(kubeconfig, "--watch-idle-timeout", "10s");
        await collector.WaitUntilReadyAsync(cancellation);

        var logs = Enumerable.Range(0, shape.Nodes).ToDictionary(i => $"node-{i}", _ => new StreamLog(StreamClient.DefaultKinds));
        var streams = logs.Select(log => new StreamClient(collector.Broker, log.Key, onEvent: (_, received) => log.Value.Add(received))).ToList();
        var dice = new Random(1);
        var totals = new Deviations();
        var began = Stopwatch.GetTimestamp();
        try
        {
            for (var round = 1; Stopwatch.GetElapsedTime(began) < shape.Duration; round++)
            {
                await using (simulator.StartChurn(shape.Churn, seed: round))
                {
                    for (var i = 0; i < 5; i++)
                    {
                        await Task.Delay(TimeSpan.FromSeconds(2), cancellation);
                        await DisturbAsync(simulator, dice);
                    }
                }

                var round1 = await CompareAsync(simulator, logs, cancellation);
                totals.Add(round1);
                Console.WriteLine($"{Stopwatch.GetElapsedTime(began):mm\\:ss} round {round}: {logs.Values.Sum(log => log.Count):N0} events; {round1}");
            }

            totals.Illegal = logs.Values.Sum(log => log.Faults.Count(fault => !fault.Contains("dangling", StringComparison.Ordinal)));
            totals.Dangling = logs.Values.Sum(log => log.Faults.Count(fault => fault.Contains("dangling", StringComparison.Ordinal)));
            var broken = streams.Count(stream => stream.Ended is not null);
            var report = new Report($"soak: {shape.Nodes} nodes × {shape.PodsPerNode} pods, {shape.Churn} changes a second, {shape.Duration}");
            report.Add(totals);
            report.Add("streams broken", broken, "");
            report.AddMemory("resident, peak", collector.Process.PeakResident());
            report.Print(Console.Out);
            foreach (var fault in logs.SelectMany(log => log.Value.Faults.Select(fault => $"{log.Key}: {fault}")).Take(10)) Console.WriteLine(fault);
            return totals.IsClean && broken == 0 ? 0 : 1;
        }
        finally
        {
            foreach (var stream in streams) await stream.DisposeAsync();
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task DisturbAsync(ApiServerSimulator simulator, Random dice)
    {
        switch (dice.Next(7))
        {
            case 0: simulator.Faults.CutWatches(); break;
            case 1: simulator.Faults.ExpireWatches(); break;
            case 2: simulator.Faults.FreezeWatches("pods"); break;
            case 3: simulator.Faults.Answer(429, times: 5, retryAfterSeconds: 1); simulator.Faults.CutWatches(); break;
            case 4: simulator.Faults.Answer(500, times: 5); simulator.Faults.EndWatches(); break;
            case 5: simulator.Compact(); simulator.Faults.CutWatches(); break;
            default: await simulator.RestartAsync(TimeSpan.FromMilliseconds(500)); break;
        }
    }

    // What is still on its way when the changes end is no fault: a subscriber has a while to come to rest.
    private static async Task<Deviations> CompareAsync(
        ApiServerSimulator simulator, Dictionary<string, StreamLog> logs, CancellationToken cancellation)
    {
        var oracle = Comparison.OracleOf(simulator);
        var limit = Stopwatch.GetTimestamp();
        var total = new Deviations();
        foreach (var (node, log) in logs)
        {
            var expected = oracle.LinesFor(node);
            Deviations difference;
            do
            {
                difference = Deviations.Between(expected, log);
                if (!difference.IsClean) await Task.Delay(100, cancellation);
            }
            while (!difference.IsClean && Stopwatch.GetElapsedTime(limit) < Quiet);
            total.Add(difference);
        }

        return total;
    }
}
