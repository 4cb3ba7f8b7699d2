using System.Diagnostics;
using MetaCollector.Simulator;
using MetaCollector.Simulator.Resources;

namespace MetaCollector.Benchmarks.Load;

/// <summary>
/// A simulated API server, replicas as processes of their own, and subscribers: cold start, all subscribers at once, nothing for a
/// while, changes at a set rate. Simulator and subscribers share this process, whose CPU time is told as well.
/// </summary>
internal static class LoadRun
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);

    // What the start left to do (compiling hot code again, verifying) is not the storm's.
    private static readonly TimeSpan BeforeStorm = TimeSpan.FromSeconds(5);

    /// <summary>Runs it.</summary>
    /// <param name="shape">How large.</param>
    /// <param name="place">Against what.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<LoadFigures> RunAsync(LoadShape shape, LoadPlace place, CancellationToken cancellation)
    {
        await using var simulator = await ApiServerSimulator.StartAsync(new SimulatorOptions { Port = place.SimulatorPort }, cancellation);
        if (!shape.IsEmpty) simulator.Clusters.Generate(shape.Nodes, shape.PodsPerNode, shape.Namespaces);
        var expected = shape.IsEmpty || place.Address is not null ? null : ExpectedCounts.Of(simulator);
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        var folder = Directory.CreateTempSubdirectory("metacollector-load-").FullName;
        try
        {
            var kubeconfig = place.KubeconfigOut ?? Path.Combine(folder, "kubeconfig");
            await simulator.WriteKubeconfigAsync(kubeconfig, cancellation);
            var figures = new LoadFigures { Related = expected?.Values.Sum() ?? 0, Nodes = expected?.Count ?? 0 };
            await using var targets = await StartAsync(shape, place, kubeconfig, figures, cancellation);
            using var crowd = await StormAsync(shape, targets, expected, figures, cancellation);
            await IdleAsync(shape, targets, figures, cancellation);
            if (shape.Churn > 0 && !shape.IsEmpty) await MeasureChangesAsync(shape, simulator, targets, crowd, figures, cancellation);
            figures.Broken = crowd.Broken;
            figures.Memory = [.. targets.Processes.Select(one => (one.Resident(), one.Anonymous(), one.PeakResident()))];
            figures.Requests = simulator.Requests.Summary();
            return figures;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<Targets> StartAsync(
        LoadShape shape, LoadPlace place, string kubeconfig, LoadFigures figures, CancellationToken cancellation)
    {
        if (place.Address is { } address)
        {
            await Console.Error.WriteLineAsync($"waiting for {address}, which reads the API server of {kubeconfig}");
            await place.UntilItServesAsync(cancellation);
            return Targets.At(address, place.ProcessId);
        }

        var started = Stopwatch.GetTimestamp();
        var targets = await Targets.StartAsync(shape.Replicas, kubeconfig, place.Program, cancellation);
        figures.Synced = Stopwatch.GetElapsedTime(started);
        figures.SyncedCpu = targets.CpuTime();
        figures.SyncedPeak = targets.Processes.Max(one => one.PeakResident());
        return targets;
    }

    private static async Task<Crowd> StormAsync(
        LoadShape shape, Targets targets, IReadOnlyDictionary<string, int>? expected, LoadFigures figures, CancellationToken cancellation)
    {
        if (shape.Streams > 0) await Task.Delay(BeforeStorm, cancellation);
        var (cpu, own) = (targets.CpuTime(), Environment.CpuUsage.TotalTime);
        var crowd = new Crowd(targets.Addresses, shape.Streams, shape.Stuck, shape.Nodes, expected);
        if (shape.Streams == 0 || shape.IsEmpty) return crowd;
        await crowd.CompleteAsync(expected is not null, cancellation);
        (figures.Complete, figures.First) = (crowd.Complete(), crowd.First());
        // What its last events leave to do belongs to it.
        await Task.Delay(Rest, cancellation);
        (figures.StormCpu, figures.StormOwnCpu) = (targets.CpuTime() - cpu, Environment.CpuUsage.TotalTime - own);
        (figures.StormEvents, figures.StormBytes) = (crowd.Events, crowd.Readers.Sum(reader => reader.Bytes));
        return crowd;
    }

    private static async Task IdleAsync(LoadShape shape, Targets targets, LoadFigures figures, CancellationToken cancellation)
    {
        if (shape.Idle == TimeSpan.Zero) return;
        await Task.Delay(shape.Idle, cancellation);
        var cpu = targets.CpuTime();
        await Task.Delay(shape.Idle, cancellation);
        figures.IdleShare = (targets.CpuTime() - cpu) / shape.Idle;
    }

    // The first changes have code compiled anew that only changes run; that is not what a change costs.
    private static async Task WarmUpAsync(LoadShape shape, ApiServerSimulator simulator, CancellationToken cancellation)
    {
        await ChangeAsync(shape, simulator, WarmUp, cancellation);
        await Task.Delay(Rest, cancellation);
    }

    private static async Task<int> ChangeAsync(LoadShape shape, ApiServerSimulator simulator, TimeSpan duration, CancellationToken cancellation)
    {
        var pods = simulator.Objects.List(ResourceTypes.Pods);
        var began = Stopwatch.GetTimestamp();
        var changes = 0;
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(Math.Max(1, 1000 / shape.Churn)));
        while (Stopwatch.GetElapsedTime(began) < duration && await timer.WaitForNextTickAsync(cancellation))
        {
            // Each pod in turn, in an order that spreads over nodes and namespaces.
            for (var due = (int)(Stopwatch.GetElapsedTime(began).TotalSeconds * shape.Churn); changes < due; changes++)
                simulator.Objects.Change(pods[(int)((changes * 7919L) % pods.Count)], ChangeStamp.Put);
        }

        return changes;
    }

    private static async Task MeasureChangesAsync(
        LoadShape shape, ApiServerSimulator simulator, Targets targets, Crowd crowd, LoadFigures figures, CancellationToken cancellation)
    {
        await WarmUpAsync(shape, simulator, cancellation);
        var (cpu, own, events) = (targets.CpuTime(), Environment.CpuUsage.TotalTime, crowd.Events);
        crowd.ForgetDelays();
        var began = Stopwatch.GetTimestamp();
        var changes = await ChangeAsync(shape, simulator, shape.Duration, cancellation);
        figures.ChangesPerSecond = changes / Stopwatch.GetElapsedTime(began).TotalSeconds;
        await Task.Delay(Rest, cancellation);
        var took = Stopwatch.GetElapsedTime(began);
        (figures.Changes, figures.Events, figures.Delays) = (changes, crowd.Events - events, crowd.Delays());
        figures.ChurnCpu = targets.CpuTime() - cpu - (took * figures.IdleShare);
        figures.ChurnOwnCpu = Environment.CpuUsage.TotalTime - own;
        figures.ChurnShare = (targets.CpuTime() - cpu) / took;
    }
}
