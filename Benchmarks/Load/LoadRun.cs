using System.Diagnostics;
using MetaCollector.Benchmarks.Load.Server;

namespace MetaCollector.Benchmarks.Load;

/// <summary>
/// An API server, replicas as processes of their own, and subscribers: cold start, all subscribers at once, nothing for a while,
/// changes at a set rate. Subscribers share this process with a simulated API server, and with whoever changes a real one; its CPU
/// time is told as well.
/// </summary>
internal static class LoadRun
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BetweenStorms = TimeSpan.FromSeconds(10);

    /// <summary>Runs it.</summary>
    /// <param name="shape">How large.</param>
    /// <param name="place">Against what.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<LoadFigures> RunAsync(LoadShape shape, LoadPlace place, CancellationToken cancellation)
    {
        var folder = Directory.CreateTempSubdirectory("metacollector-load-").FullName;
        try
        {
            var kubeconfig = place.KubeconfigOut ?? Path.Combine(folder, "kubeconfig");
            await using ILoadCluster cluster = place.Kubeconfig is { } file
                ? await ServerCluster.CreateAsync(shape, file, place.IsCounted ? kubeconfig : null, cancellation)
                : await SimulatedCluster.StartAsync(shape, place.SimulatorPort, kubeconfig, cancellation);
            var expected = shape.IsEmpty || place.Address is not null ? null : cluster.Expected();
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            var figures = new LoadFigures { Related = expected?.Values.Sum() ?? 0, Nodes = expected?.Count ?? 0 };
            await using var targets = await StartAsync(shape, place, cluster, figures, cancellation);
            figures.Rest.AddRange(RestOf("in sync", targets));
            using var crowd = await StormsAsync(shape, targets, cluster.Nodes, expected, figures, cancellation);
            await IdleAsync(shape, targets, figures, cancellation);
            figures.Rest.AddRange(RestOf($"at rest after {(shape.Storms == 1 ? "the storm" : $"{shape.Storms} storms")}", targets));
            if (shape.Churn > 0 && !shape.IsEmpty) await MeasureChangesAsync(shape, cluster, targets, crowd, figures, cancellation);
            figures.Broken = crowd.Broken;
            figures.Memory = [.. targets.Processes.Select(one => (one.Resident(), one.Anonymous(), one.PeakResident()))];
            figures.LimitMet = targets.Groups.Sum(group => group.LimitMet());
            figures.Requests = cluster.Requests();
            if (shape.Kill is { } victim) figures.Loss = await LossRun.RunAsync(victim, targets, crowd, time => ChangeAsync(shape, cluster, time, cancellation), cancellation);
            return figures;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<Targets> StartAsync(
        LoadShape shape, LoadPlace place, ILoadCluster cluster, LoadFigures figures, CancellationToken cancellation)
    {
        if (place.Address is { } address)
        {
            await Console.Error.WriteLineAsync($"waiting for {address}, which reads the API server of {cluster.Kubeconfig}");
            await place.UntilItServesAsync(cluster.Nodes[0], cancellation);
            return Targets.At(address, place.ProcessId);
        }

        var started = Stopwatch.GetTimestamp();
        var targets = await Targets.StartAsync(shape.Replicas, cluster.Kubeconfig, place, cancellation);
        figures.Synced = Stopwatch.GetElapsedTime(started);
        figures.SyncedCpu = targets.CpuTime();
        figures.SyncedPeak = targets.Processes.Max(one => one.PeakResident());
        return targets;
    }

    private static async Task<Crowd> StormsAsync(
        LoadShape shape, Targets targets, IReadOnlyList<string> nodes, IReadOnlyDictionary<string, int>? expected, LoadFigures figures,
        CancellationToken cancellation)
    {
        if (shape.Streams > 0) await Task.Delay(shape.Settle, cancellation);
        var crowd = await StormAsync(shape, targets, nodes, expected, figures, cancellation);
        for (var i = 1; i < shape.Storms; i++)
        {
            await Task.Delay(BetweenStorms, cancellation);
            crowd.Dispose();
            await Task.Delay(BetweenStorms, cancellation);
            // What is told of a storm is told of the first.
            crowd = await StormAsync(shape, targets, nodes, expected, new LoadFigures(), cancellation);
        }

        return crowd;
    }

    private static IEnumerable<RestingMemory> RestOf(string when, Targets targets) => targets.Processes.Index().Select(one => new RestingMemory(
        one.Index, when, one.Item.Resident(), one.Item.Anonymous(), one.Item.Proportional(),
        targets.Groups.Count == 0 ? null : (targets.Groups[one.Index].WorkingSet(), targets.Groups[one.Index].Anonymous(), targets.Groups[one.Index].Mapped())));

    private static async Task<Crowd> StormAsync(
        LoadShape shape, Targets targets, IReadOnlyList<string> nodes, IReadOnlyDictionary<string, int>? expected, LoadFigures figures,
        CancellationToken cancellation)
    {
        var (cpu, own) = (targets.CpuTime(), Environment.CpuUsage.TotalTime);
        var crowd = new Crowd(targets.Addresses, shape.Streams, shape.Stuck, nodes, expected);
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
    private static async Task WarmUpAsync(LoadShape shape, ILoadCluster cluster, CancellationToken cancellation)
    {
        await ChangeAsync(shape, cluster, WarmUp, cancellation);
        await Task.Delay(Rest, cancellation);
    }

    private static async Task<int> ChangeAsync(LoadShape shape, ILoadCluster cluster, TimeSpan duration, CancellationToken cancellation)
    {
        var pending = new List<Task>();
        var began = Stopwatch.GetTimestamp();
        var changes = 0;
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(Math.Max(1, 1000 / shape.Churn)));
        while (Stopwatch.GetElapsedTime(began) < duration && await timer.WaitForNextTickAsync(cancellation))
        {
            // One that takes its time does not hold up the next.
            for (var due = (int)(Stopwatch.GetElapsedTime(began).TotalSeconds * shape.Churn); changes < due; changes++)
                if (cluster.ChangeAsync(changes) is { IsCompletedSuccessfully: false } change) pending.Add(change);
        }

        await Task.WhenAll(pending);
        return changes;
    }

    private static async Task MeasureChangesAsync(
        LoadShape shape, ILoadCluster cluster, Targets targets, Crowd crowd, LoadFigures figures, CancellationToken cancellation)
    {
        await WarmUpAsync(shape, cluster, cancellation);
        var (cpu, own, events) = (targets.CpuTime(), Environment.CpuUsage.TotalTime, crowd.Events);
        crowd.ForgetChanges();
        var began = Stopwatch.GetTimestamp();
        var changes = await ChangeAsync(shape, cluster, shape.Duration, cancellation);
        figures.ChangesPerSecond = changes / Stopwatch.GetElapsedTime(began).TotalSeconds;
        await Task.Delay(Rest, cancellation);
        var took = Stopwatch.GetElapsedTime(began);
        (figures.Changes, figures.Events, figures.Delays) = (changes, crowd.Events - events, crowd.Delays(cluster.MadeAt));
        figures.BareDelays = cluster.BareDelays(began);
        figures.ChurnCpu = targets.CpuTime() - cpu - (took * figures.IdleShare);
        figures.ChurnOwnCpu = Environment.CpuUsage.TotalTime - own;
        figures.ChurnShare = (targets.CpuTime() - cpu) / took;
    }
}
