using System.Diagnostics;
using System.Globalization;
using System.Net;
using MetaCollector.Testing.Processes;

namespace MetaCollector.Benchmarks.Load;

/// <summary>
/// The table of <c>docs/performance.md</c>: each figure beside what it is not to exceed, and how busy the machine was besides.
/// Takes about nine minutes; parts can be run alone.
/// </summary>
internal static class TableRun
{
    private const double MiB = 1024 * 1024;

    /// <summary>The parts, by name.</summary>
    public static IReadOnlyDictionary<string, Func<LoadPlace, CancellationToken, Task<IReadOnlyList<Row>>>> Parts { get; } =
        new Dictionary<string, Func<LoadPlace, CancellationToken, Task<IReadOnlyList<Row>>>>(StringComparer.Ordinal)
        {
            ["large"] = LargeAsync,
            ["small"] = SmallAsync,
            ["rest"] = RestAsync,
            ["stuck"] = StuckAsync,
            ["rate"] = RateAsync,
            ["cold"] = ColdAsync,
            ["replicas"] = ReplicasAsync,
            ["memory"] = MemoryAsync,
        };

    /// <summary>Runs the parts and prints their rows.</summary>
    public static async Task<int> RunAsync(LoadPlace place, IReadOnlyList<string> parts, CancellationToken cancellation)
    {
        var missed = 0;
        Console.WriteLine("| work | at most | measured | load of the machine before |");
        Console.WriteLine("| --- | --- | --- | --- |");
        foreach (var name in parts.Count == 0 ? Parts.Keys : parts)
        {
            var load = (await File.ReadAllTextAsync("/proc/loadavg", cancellation)).Split(' ')[0];
            foreach (var row in await Parts[name](place, cancellation))
            {
                var isMissed = row.Value > row.Limit;
                if (isMissed) missed++;
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"| {row.Work} | {row.Limit:0.##} {row.Unit} | {(isMissed ? "**" : "")}{row.Value:0.##} {row.Unit}{(isMissed ? "**" : "")} | {load} |"));
            }
        }

        return missed == 0 ? 0 : 2;
    }

    private static async Task<IReadOnlyList<Row>> LargeAsync(LoadPlace place, CancellationToken cancellation)
    {
        var shape = new LoadShape { Nodes = 500, Streams = 500, Churn = 0, Idle = TimeSpan.FromSeconds(3) };
        var floor = await LoadRun.RunAsync(shape with { IsEmpty = true }, place, cancellation);
        var ours = await LoadRun.RunAsync(shape, place, cancellation);
        var canned = await CannedAsync(ours, cancellation);
        return
        [
            new("storm of 500 streams: complete, p50", 950, ours.Complete.At(50), "ms"),
            new("storm of 500 streams: complete, p99", 1250, ours.Complete.At(99), "ms"),
            new("storm of 500 streams: CPU", 1.6, ours.StormCpu.TotalSeconds, "s"),
            new("storm of 500 streams: first event, p50 (a null server's, plus 50)", canned.At(50) + 50, ours.First.At(50), "ms"),
            new("resident at its peak, 15,000 pods, 500 streams", 250, ours.Memory[0].Peak / MiB, "MiB"),
            new("memory per pod above no objects", 5, (ours.Resident - floor.Resident) / 15_000.0 / 1000, "kB"),
        ];
    }

    // The first event of the same storm at a server that has nothing to compute.
    private static async Task<Reporting.Percentiles> CannedAsync(LoadFigures like, CancellationToken cancellation)
    {
        int port = Ports.Free(), events = (int)(like.StormEvents / 500);
        string[] nodes = [.. Enumerable.Range(0, 500).Select(i => $"node-{i}")];
        var size = (int)(like.StormBytes / Math.Max(1, like.StormEvents));
        await using var server = ChildProcess.Start(Path.Combine(AppContext.BaseDirectory, "MetaCollector.Benchmarks.dll"),
            ["null", "--port", $"{port}", "--silo-port", $"{Ports.Free()}", "--events", $"{events}", "--size", $"{size}"]);
        var address = new IPEndPoint(IPAddress.Loopback, port);
        var started = Stopwatch.GetTimestamp();
        await new LoadPlace { Address = address }.UntilItServesAsync(nodes[0], cancellation);
        await Task.Delay(TimeSpan.FromSeconds(Math.Max(0, 8 - Stopwatch.GetElapsedTime(started).TotalSeconds)), cancellation);
        using var crowd = new Crowd([address], 500, 0, nodes, nodes.ToDictionary(node => node, _ => events));
        await crowd.CompleteAsync(isKnown: true, cancellation);
        return crowd.First();
    }

    private static async Task<IReadOnlyList<Row>> SmallAsync(LoadPlace place, CancellationToken cancellation)
    {
        var ours = await LoadRun.RunAsync(new LoadShape(), place, cancellation);
        return
        [
            new("storm of 100 streams: complete, p99", 250, ours.Complete.At(99), "ms"),
            new("storm of 100 streams: CPU", 0.4, ours.StormCpu.TotalSeconds, "s"),
            new("100 changes/s: delay, p50", 0.8, ours.Delays.At(50), "ms"),
            new("100 changes/s: delay, p99", 2.8, ours.Delays.At(99), "ms"),
            new("CPU per changed pod", 0.35, ours.CpuPerChange, "ms"),
            new("idle with 100 streams", 0.5, 100 * ours.IdleShare, "% of a core"),
            new("resident at its peak, 3,000 pods, 100 streams", 150, ours.Memory[0].Peak / MiB, "MiB"),
        ];
    }

    // As a cluster counts it, where this machine can; else what is resident, which is more.
    private static async Task<IReadOnlyList<Row>> RestAsync(LoadPlace place, CancellationToken cancellation)
    {
        using var probe = place.Program is null ? null : MemoryGroup.TryCreate();
        var shape = new LoadShape { Storms = 4, Churn = 0, Idle = TimeSpan.FromSeconds(60) };
        var ours = await LoadRun.RunAsync(shape, place with { IsContained = probe is not null }, cancellation);
        var rest = ours.Rest[^1];
        var what = rest.Counted is null ? "resident, not in a cgroup of its own" : "counted by its cgroup";
        return
        [
            new($"at rest after four storms of 100 streams: {what}", 100, (rest.Counted?.WorkingSet ?? rest.Proportional) / MiB, "MiB"),
            new("at rest after four storms of 100 streams: CPU", 0.5, 100 * ours.IdleShare, "% of a core"),
        ];
    }

    private static async Task<IReadOnlyList<Row>> StuckAsync(LoadPlace place, CancellationToken cancellation)
    {
        var shape = new LoadShape { Nodes = 500, Streams = 499, Idle = TimeSpan.FromSeconds(3), Duration = TimeSpan.FromSeconds(15) };
        var without = await LoadRun.RunAsync(shape, place, cancellation);
        var with = await LoadRun.RunAsync(shape with { Stuck = 1 }, place, cancellation);
        return
        [
            new("1 stuck among 500: storm complete, p99 (without: plus a tenth)", 1.1 * without.Complete.At(99), with.Complete.At(99), "ms"),
            new("1 stuck among 500: delay, p99 (without: plus a tenth)", 1.1 * without.Delays.At(99), with.Delays.At(99), "ms"),
        ];
    }

    private static async Task<IReadOnlyList<Row>> RateAsync(LoadPlace place, CancellationToken cancellation)
    {
        var shape = new LoadShape { Nodes = 200, Streams = 200, PodsPerNode = 50, Idle = TimeSpan.FromSeconds(3), Duration = TimeSpan.FromSeconds(20) };
        var full = await LoadRun.RunAsync(shape with { Churn = 5000 }, place, cancellation);
        var half = await LoadRun.RunAsync(shape with { Churn = 2500 }, place, cancellation);
        return
        [
            new("5,000 changes/s, 200 streams: changes without an event of their own", 0.01, 1 - (full.Events / (double)full.Changes), "of all"),
            new("5,000 changes/s, 200 streams: rate that was missed", 50, 5000 - full.ChangesPerSecond, "a second"),
            new("2,500 changes/s, 200 streams: delay, p99", 50, half.Delays.At(99), "ms"),
        ];
    }

    private static async Task<IReadOnlyList<Row>> ColdAsync(LoadPlace place, CancellationToken cancellation)
    {
        var ours = await LoadRun.RunAsync(
            new LoadShape { Nodes = 5000, Namespaces = 100, Streams = 0, Churn = 0, Idle = TimeSpan.FromSeconds(3) }, place, cancellation);
        return
        [
            new("150,000 pods on 5,000 nodes: start to in sync", 30, ours.Synced.TotalSeconds, "s"),
            new("150,000 pods on 5,000 nodes: resident at its peak", 1200, ours.Memory[0].Peak / MiB, "MiB"),
        ];
    }

    private static async Task<IReadOnlyList<Row>> ReplicasAsync(LoadPlace place, CancellationToken cancellation)
    {
        var shape = new LoadShape { Duration = TimeSpan.FromSeconds(20), Idle = TimeSpan.FromSeconds(8) };
        var one = await LoadRun.RunAsync(shape, place, cancellation);
        var three = await LoadRun.RunAsync(shape with { Replicas = 3 }, place, cancellation);
        return [new("3 replicas, 100 changes/s: delay, p50 (one's, times 1.5)", 1.5 * one.Delays.At(50), three.Delays.At(50), "ms")];
    }

    private static async Task<IReadOnlyList<Row>> MemoryAsync(LoadPlace place, CancellationToken cancellation)
    {
        // At rest: grains have gone where they belong, and what the start left behind has been given back.
        var shape = new LoadShape { Nodes = 500, PodsPerNode = 40, Streams = 500, Churn = 0, Idle = TimeSpan.FromSeconds(100) };
        var one = Above(
            await LoadRun.RunAsync(shape, place, cancellation), await LoadRun.RunAsync(shape with { IsEmpty = true }, place, cancellation));
        var three = Above(
            await LoadRun.RunAsync(shape with { Replicas = 3 }, place, cancellation),
            await LoadRun.RunAsync(shape with { Replicas = 3, IsEmpty = true }, place, cancellation));
        // The leader is the one that holds the most: it has the store besides its share.
        var others = three.Order().SkipLast(1).Max();
        return
        [
            new("20,000 pods above no objects: a replica of 3 that does not lead, of what one needs", 0.5, others / one[0], "of it"),
            new("20,000 pods above no objects: all 3 replicas, of what one needs", 2.2, three.Sum() / one[0], "times"),
        ];
    }

    private static double[] Above(LoadFigures figures, LoadFigures empty) =>
        [.. figures.Memory.Select(one => one.Resident).Order().Zip(empty.Memory.Select(one => one.Resident).Order(), (full, none) => (double)full - none)];

    /// <summary>One line of the table.</summary>
    internal sealed record Row(string Work, double Limit, double Value, string Unit);
}
