using System.Diagnostics;
using MetaCollector.Simulator;
using MetaCollector.Testing.Processes;

namespace MetaCollector.Testing.Fuzzing;

/// <summary>All that comes from outside, spoilt, one sort after the other. A fault is thrown, with the seed and the step that made it.</summary>
internal static class FuzzRun
{
    // What a spoilt input may take before it counts as a hang, on a busy machine.
    private static readonly TimeSpan LongestStep = TimeSpan.FromSeconds(90);
    private const int ConnectionsBetweenChecks = 200;

    /// <summary>What became of it.</summary>
    internal sealed record Result
    {
        public long Bodies { get; init; }

        public long Decoded { get; init; }

        public long Malformed { get; init; }

        public long Broken { get; init; }

        public long SettingsTaken { get; init; }

        public long SettingsRefused { get; init; }

        public TimeSpan Slowest { get; init; }

        public long Connections { get; init; }

        public long PortConnections { get; init; }

        public long ResidentBefore { get; init; }

        public long ResidentAfter { get; init; }
    }

    /// <summary>Runs each sort for <paramref name="each"/>.</summary>
    public static async Task<Result> RunAsync(int seed, TimeSpan each, CancellationToken cancellation)
    {
        var decoding = new DecodingFuzz(seed);
        using var settings = new SettingsFuzz(seed);
        var (bodies, slowBody) = await RepeatAsync(each, seed, () => decoding.StepAsync(cancellation), cancellation);
        var (_, slowSettings) = await RepeatAsync(each, seed, () =>
        {
            settings.Step();
            return Task.CompletedTask;
        }, cancellation);

        await using var simulator = await ApiServerSimulator.StartAsync(new SimulatorOptions(), cancellation);
        simulator.Clusters.Generate(nodes: 2, podsPerNode: 5, namespaces: 2);
        var folder = Directory.CreateTempSubdirectory("metacollector-fuzz-").FullName;
        try
        {
            var kubeconfig = Path.Combine(folder, "kubeconfig");
            await simulator.WriteKubeconfigAsync(kubeconfig, cancellation);
            await using var collector = CollectorProcess.Start(kubeconfig);
            await collector.WaitUntilReadyAsync(cancellation);
            var broker = new BrokerFuzz(collector, "node-0", seed);
            // Before and after are compared once it has seen some of it.
            for (var i = 0; i < ConnectionsBetweenChecks; i++) await broker.StepAsync(cancellation);
            await broker.CheckAsync(cancellation);
            var before = collector.Process.Resident();
            await RepeatAsync(each, seed, async () =>
            {
                await broker.StepAsync(cancellation);
                if (broker.Connections % ConnectionsBetweenChecks == 0) await broker.CheckAsync(cancellation);
            }, cancellation);
            await broker.CheckAsync(cancellation);
            var after = collector.Process.Resident();
            var ports = await OfPortsAsync(kubeconfig, folder, seed, each, cancellation);
            return new Result
            {
                Bodies = bodies,
                Decoded = decoding.Decoded,
                Malformed = decoding.Malformed,
                Broken = decoding.Broken,
                SettingsTaken = settings.Taken,
                SettingsRefused = settings.Refused,
                Slowest = slowBody > slowSettings ? slowBody : slowSettings,
                Connections = broker.Connections,
                ResidentBefore = before,
                PortConnections = ports,
                ResidentAfter = after,
            };
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<long> OfPortsAsync(string kubeconfig, string folder, int seed, TimeSpan each, CancellationToken cancellation)
    {
        var inspect = Ports.Free();
        await using var collector = CollectorProcess.Start(kubeconfig, [.. OwnCertificate.Write(folder), "--inspect-bind-address", $"127.0.0.1:{inspect}", "--log-level", "error"]);
        await collector.WaitUntilReadyAsync(cancellation);
        using var ports = new PortsFuzz(collector, inspect, seed);
        await RepeatAsync(each, seed, async () =>
        {
            await ports.StepAsync(cancellation);
            if (ports.Connections % ConnectionsBetweenChecks == 0) await ports.CheckAsync(cancellation);
        }, cancellation);
        await ports.CheckAsync(cancellation);
        return ports.Connections;
    }

    private static async Task<(long Steps, TimeSpan Slowest)> RepeatAsync(TimeSpan duration, int seed, Func<Task> step, CancellationToken cancellation)
    {
        var (steps, slowest, began) = (0L, TimeSpan.Zero, Stopwatch.GetTimestamp());
        while (Stopwatch.GetElapsedTime(began) < duration)
        {
            cancellation.ThrowIfCancellationRequested();
            var started = Stopwatch.GetTimestamp();
            try
            {
                await Task.Run(step, cancellation).WaitAsync(LongestStep, cancellation);
            }
            catch (Exception exception) when (!cancellation.IsCancellationRequested)
            {
                throw new InvalidOperationException($"seed {seed}, step {steps}: {exception.Message}", exception);
            }

            var taken = Stopwatch.GetElapsedTime(started);
            if (taken > slowest) slowest = taken;
            steps++;
        }

        return (steps, slowest);
    }
}
