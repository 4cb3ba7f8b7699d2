using System.Diagnostics;
using MetaCollector.Simulator;
using MetaCollector.Testing.Oracle;
using MetaCollector.Testing.Processes;
using MetaCollector.Testing.Streams;

namespace MetaCollector.Demo;

/// <summary>The demo: an API server, a collector and a subscriber for people, and a second subscriber that checks every promise.</summary>
internal static class Show
{
    private const int Nodes = 10, PodsPerNode = 12;
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan SettleLimit = TimeSpan.FromSeconds(15);

    /// <summary>Runs until cancelled, or for <paramref name="seconds"/>.</summary>
    /// <returns>The exit code: 0 if every promise held.</returns>
    public static async Task<int> RunAsync(string node, double churn, int? seconds, CancellationToken cancellation)
    {
        var folder = Directory.CreateTempSubdirectory("metacollector-demo-").FullName;
        try
        {
            await using var simulator = await ApiServerSimulator.StartAsync(new SimulatorOptions(), cancellation);
            simulator.Clusters.Generate(Nodes, PodsPerNode);
            var kubeconfig = Path.Combine(folder, "kubeconfig");
            await simulator.WriteKubeconfigAsync(kubeconfig, cancellation);
            Console.WriteLine($"API server  {simulator.Url}, simulated: {Nodes} nodes with {PodsPerNode} pods each, {churn:0.#} changes a second");

            await using var collector = CollectorProcess.Start(kubeconfig);
            if (!await IsReadyAsync(collector, cancellation)) return 1;
            Console.WriteLine($"Collector   {collector.Broker}, in sync; metrics on http://127.0.0.1:{collector.MetricsPort}/metrics");
            Console.WriteLine($"Subscriber  metacollector watch --node {node} --addr 127.0.0.1:{collector.BrokerPort}{(seconds is null ? "   (Ctrl+C ends)" : "")}");
            Console.WriteLine();

            var log = new StreamLog(StreamClient.DefaultKinds);
            await using var checker = new StreamClient(collector.Broker, node, onEvent: (_, received) => log.Add(received));
            IReadOnlyList<string> shown;
            await using (simulator.StartChurn(churn))
            {
                shown = await WatchAsync(node, collector.BrokerPort, seconds, cancellation);
            }

            // Ctrl+C reaches the collector in the same terminal too: then only what came until now can be judged.
            return seconds is null || cancellation.IsCancellationRequested
                ? Conclude(node, log, [.. shown, .. log.Faults], "a legal log and no dangling reference")
                : Conclude(
                    node, log, [.. shown, .. await CompareAsync(node, log, checker, Comparison.OracleOf(simulator).LinesFor(node))],
                    "a legal log, nothing missing, nothing unrelated, no dangling reference");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<bool> IsReadyAsync(CollectorProcess collector, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(StartLimit);
        try
        {
            await collector.WaitUntilReadyAsync(limit.Token);
            return true;
        }
        catch (Exception exception) when (exception is OperationCanceledException or InvalidOperationException)
        {
            if (!cancellation.IsCancellationRequested) await Console.Error.WriteLineAsync($"error: the collector did not get ready:\n{collector.Process.Tail}");
            return false;
        }
    }

    // What a person sees is the program's own subscriber, in the same terminal. Says what is wrong with how it ended.
    private static async Task<IReadOnlyList<string>> WatchAsync(string node, int port, int? seconds, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        if (seconds is { } number) limit.CancelAfter(TimeSpan.FromSeconds(number));
        var start = new ProcessStartInfo("dotnet",
        [
            Path.Combine(AppContext.BaseDirectory, "metacollector.dll"), "watch", "--node", node, "--addr", $"127.0.0.1:{port}",
            .. Console.IsOutputRedirected ? (string[])["-o", "events"] : [],
        ]);
        using var watch = Process.Start(start)!;
        try
        {
            await watch.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            // The time is over, or Ctrl+C, which the subscriber in the same terminal got as well.
            if (!await InterruptAsync(watch)) return ["watch did not end when it was asked to"];
        }

        if (watch.ExitCode != 0) return [$"watch ended with exit code {watch.ExitCode}"];
        return seconds is null || limit.IsCancellationRequested ? [] : [$"watch ended by itself, before {seconds} s were over"];
    }

    private static async Task<bool> InterruptAsync(Process watch)
    {
        Signals.Send(watch.Id, Signals.Interrupt);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        try
        {
            await watch.WaitForExitAsync(patience.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            watch.Kill();
            return false;
        }
    }

    private static async Task<IReadOnlyList<string>> CompareAsync(
        string node, StreamLog log, StreamClient checker, IReadOnlyDictionary<string, string> expected)
    {
        var faults = new List<string>();
        try
        {
            await log.UntilAsync(subscriber => subscriber.Holds(expected), $"the subscriber of {node} holds what is related to it", SettleLimit);
        }
        catch (TimeoutException)
        {
            faults.Add($"{node} does not hold what is related to it");
        }

        faults.AddRange(log.Faults);
        if (checker.Ended is { } ended) faults.Add($"the stream ended by itself: {ended}");
        return faults;
    }

    private static int Conclude(string node, StreamLog log, IReadOnlyList<string> faults, string promises)
    {
        Console.WriteLine();
        Console.WriteLine($"{node}: {log.Count} events, {log.Held.Count} resources held.");
        foreach (var fault in faults) Console.WriteLine($"broken: {fault}");
        if (faults.Count == 0) Console.WriteLine($"Every promise held: {promises}.");
        return faults.Count == 0 ? 0 : 1;
    }
}
