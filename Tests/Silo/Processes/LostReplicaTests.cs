using MetaCollector.Simulator;
using MetaCollector.Testing.Processes;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Silo.Processes;

/// <summary>What is said when a replica of three stands still until the others declare it dead: by them, by it, and by whoever asks meanwhile.</summary>
public sealed class LostReplicaTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("metacollector-").FullName;
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromMinutes(2));

    public void Dispose()
    {
        _patience.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Replica_DeclaredDead_EndsWithALineThatSaysSo_AndTheOthersNameIt_AndAnswerWhoeverAsks()
    {
        var kubeconfig = Path.Combine(_folder, "kubeconfig");
        await using var simulator = await ApiServerSimulator.StartAsync(new SimulatorOptions(), _patience.Token);
        simulator.Clusters.Generate(6, podsPerNode: 5, namespaces: 3);
        await simulator.WriteKubeconfigAsync(kubeconfig, _patience.Token);
        var inspect = $"127.0.0.1:{Ports.Free()}";
        string[] flags = ["--clustering", "kubernetes", "--namespace", "default", "--name", "metacollector"];
        await using var asked = CollectorProcess.Start(kubeconfig, [.. flags, "--inspect-bind-address", inspect]);
        await asked.WaitUntilReadyAsync(_patience.Token);
        await using var other = CollectorProcess.Start(kubeconfig, flags);
        await using var frozen = CollectorProcess.Start(kubeconfig, flags);
        await other.WaitUntilReadyAsync(_patience.Token);
        await frozen.WaitUntilReadyAsync(_patience.Token);

        frozen.Process.Signal(Signals.Stop);
        var lost = $"at 127.0.0.1:{frozen.SiloPort} is lost: it was declared dead; replicas left: 2;";
        using var http = new HttpClient();
        await Eventually.HoldsAsync(
            async () =>
            {
                // Grains of the lost replica cannot be asked until they are known to be elsewhere; that is no fault of the program that asks.
                using var answer = await http.GetAsync(new Uri($"http://{inspect}/inspect/node/node-00001"), _patience.Token);
                Assert.True((int)answer.StatusCode is 200 or 503, $"{answer.StatusCode}");
                return asked.Process.Tail.Contains(lost, StringComparison.Ordinal);
            },
            "the others name it", () => asked.Process.Tail);

        frozen.Process.Signal(Signals.Continue);
        await frozen.Process.WaitForExitAsync(_patience.Token);
        Assert.Equal(1, frozen.Process.ExitCode);
        Assert.Contains("this replica cannot go on, and ends, to be started anew: the other replicas declared it dead", frozen.Process.Tail, StringComparison.Ordinal);
        Assert.DoesNotContain("FATAL", frozen.Process.Tail, StringComparison.Ordinal);
    }
}
