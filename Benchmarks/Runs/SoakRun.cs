using System.Diagnostics;
using MetaCollector.Benchmarks.Reporting;
using MetaCollector.Simulator;
using MetaCollector.Testing.Api;
using MetaCollector.Testing.Oracle;
using MetaCollector.Testing.Processes;

namespace MetaCollector.Benchmarks.Runs;

/// <summary>
/// Random changes and faults for as long as asked, a subscriber for each node, others that come and go; after each round everything
/// comes to rest, every subscriber is compared with the oracle, and the collector is measured: what grows beyond its limit fails the run, as
/// a deviation does. What there is at the end, or when it is told to end (SIGTERM), is printed.
/// </summary>
internal static class SoakRun
{
    private const int FaultsInRound = 5;
    private const int Visitors = 10;
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LongestWarmUp = TimeSpan.FromMinutes(20);

    /// <summary>How large, and how long.</summary>
    internal sealed record Shape(int Nodes, int PodsPerNode, int Namespaces, double Churn, TimeSpan Round, TimeSpan Duration)
    {
        /// <summary>For how long memory may grow: a quarter of the run, 20 minutes at most.</summary>
        public TimeSpan WarmUp => Duration / 4 < LongestWarmUp ? Duration / 4 : LongestWarmUp;
    }

    /// <summary>Runs and prints; exit code 0 if nothing was wrong.</summary>
    public static async Task<int> RunAsync(Shape shape, CancellationToken cancellation)
    {
        await using var simulator = await ApiServerSimulator.StartAsync(new SimulatorOptions { BookmarkInterval = TimeSpan.FromSeconds(2) }, cancellation);
        simulator.Clusters.Generate(shape.Nodes, shape.PodsPerNode, shape.Namespaces);
        var folder = Directory.CreateTempSubdirectory("metacollector-soak-").FullName;
        var kubeconfig = Path.Combine(folder, "kubeconfig");
        await using var proxy = await ApiProxy.StartAsync([simulator], cancellation);
        await proxy.WriteKubeconfigAsync(kubeconfig, cancellation);
        var world = new SoakWorld(simulator, proxy, new Random(1));
        await using var collector = CollectorProcess.Start(kubeconfig, "--watch-idle-timeout", "10s", "--log-format", "json");
        await collector.WaitUntilReadyAsync(cancellation);
        await using var trend = new ProcessTrend(collector, shape.WarmUp);

        var subscribers = Enumerable.Range(0, shape.Nodes).Select(i => new SoakSubscriber(collector.Broker, $"node-{i}")).ToList();
        var dice = new Random(2);
        var totals = new Deviations();
        var rests = new List<Rest>();
        var visits = 0;
        var began = Stopwatch.GetTimestamp();
        try
        {
            for (var round = 1; Stopwatch.GetElapsedTime(began) < shape.Duration && !collector.Process.HasExited; round++)
            {
                var visitors = Enumerable.Range(0, Visitors).Select(_ => new SoakSubscriber(collector.Broker, $"node-{dice.Next(shape.Nodes)}")).ToList();
                visits += visitors.Count;
                subscribers.AddRange(visitors);
                await ChangeAsync(world, shape, round, subscribers, cancellation);
                var differences = await CompareAsync(simulator, subscribers, cancellation);
                totals.Add(differences);
                foreach (var visitor in visitors) await LeaveAsync(visitor, subscribers);
                foreach (var subscriber in subscribers) subscriber.LookForFalseDeletes();
                var rest = await Rest.MeasureAsync(collector, cancellation);
                if (Stopwatch.GetElapsedTime(began) >= shape.WarmUp) rests.Add(rest);
                Console.WriteLine($"{Stopwatch.GetElapsedTime(began):hh\\:mm\\:ss} round {round}: {subscribers.Sum(one => one.Log.Count):N0} events; {differences}; {rest}");
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            Console.WriteLine("ended early");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        foreach (var subscriber in subscribers) totals.AddFaults(subscriber.Faults);
        var broken = subscribers.Count(subscriber => subscriber.Stream.Ended is not null);
        var report = new Report($"soak: {shape.Nodes} nodes × {shape.PodsPerNode} pods, {shape.Churn} changes a second, {Stopwatch.GetElapsedTime(began):hh\\:mm\\:ss}");
        report.Add(totals);
        report.Add("streams broken", broken, "");
        report.Add("streams opened", shape.Nodes + visits, "");
        report.AddMemory("resident, peak", collector.Process.HasExited ? double.NaN : collector.Process.PeakResident());
        trend.AddTo(report);
        var growth = Rest.Growth(rests);
        report.Add("grown beyond its limit", growth.Count, "");
        report.Print(Console.Out);
        foreach (var line in growth) Console.WriteLine($"has grown: {line}");
        if (collector.Process.HasExited) Console.WriteLine($"the collector ended with {collector.Process.ExitCode}:\n{collector.Process.Tail}");
        foreach (var fault in subscribers.SelectMany(one => one.Faults).Take(10)) Console.WriteLine(fault);
        var isClean = totals.IsClean && broken == 0 && growth.Count == 0 && !collector.Process.HasExited;
        foreach (var subscriber in subscribers) await subscriber.DisposeAsync();
        return isClean ? 0 : 1;
    }

    private static async Task ChangeAsync(SoakWorld world, Shape shape, int round, List<SoakSubscriber> subscribers, CancellationToken cancellation)
    {
        await using var churn = world.Simulator.StartChurn(shape.Churn, seed: round);
        await using var previews = new Previews(world.Simulator.Objects, shape.Nodes, round);
        for (var i = 0; i < FaultsInRound; i++)
        {
            await Task.Delay(shape.Round / FaultsInRound, cancellation);
            await world.DisturbAsync(subscribers);
        }

        world.Mend();
    }

    // What is still on its way when the changes end is no fault: a subscriber has a while to come to rest.
    private static async Task<Deviations> CompareAsync(ApiServerSimulator simulator, List<SoakSubscriber> subscribers, CancellationToken cancellation)
    {
        var oracle = Comparison.OracleOf(simulator);
        var limit = Stopwatch.GetTimestamp();
        var total = new Deviations();
        foreach (var subscriber in subscribers)
        {
            var expected = oracle.LinesFor(subscriber.Stream.Node);
            Deviations difference;
            do
            {
                difference = Deviations.Between(expected, subscriber.Log);
                if (!difference.IsClean) await Task.Delay(100, cancellation);
            }
            while (!difference.IsClean && Stopwatch.GetElapsedTime(limit) < Quiet);
            total.Add(difference);
        }

        return total;
    }

    // One that was broken, or broke a promise, stays to be told of.
    private static async Task LeaveAsync(SoakSubscriber visitor, List<SoakSubscriber> subscribers)
    {
        if (visitor.Stream.Ended is not null || visitor.Faults.Any()) return;
        subscribers.Remove(visitor);
        await visitor.DisposeAsync();
    }
}
