using System.Collections.Concurrent;
using MetaCollector.Simulator;
using MetaCollector.Testing.Processes;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Clustering.Kubernetes.Processes;

/// <summary>The library in a program that is not ours: what its README tells to do is enough.</summary>
public sealed class SampleTests
{
    [Fact]
    public async Task Sample_TwoSilosOneKilled_FindEachOtherAndTheOtherLeads()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "signals need Linux");
        await using var simulator = await ApiServerSimulator.StartAsync(new SimulatorOptions { Token = "secret" });
        var kubeconfig = Path.GetTempFileName();
        await simulator.WriteKubeconfigAsync(kubeconfig);
        int[] ports = [.. new[] { Ports.Free(), Ports.Free() }.Order()];
        await using var first = Start(kubeconfig, ports[0], out var ofFirst);
        await Eventually.HoldsAsync(() => ofFirst.Any(line => line.StartsWith("leads with term", StringComparison.Ordinal)), "one leads", () => first.Tail);
        await using var second = Start(kubeconfig, ports[1], out var ofSecond);
        var both = $"members: 127.0.0.1:{ports[0]} 127.0.0.1:{ports[1]}";
        await Eventually.HoldsAsync(() => ofFirst.Contains(both) && ofSecond.Contains(both), "each knows both", () => second.Tail);

        first.Signal(Signals.Kill);

        await Eventually.HoldsAsync(() => ofSecond.Contains($"members: 127.0.0.1:{ports[1]}"), "one is left", () => second.Tail);
        await Eventually.HoldsAsync(() => ofSecond.Any(line => line.StartsWith("leads with term", StringComparison.Ordinal)), "it leads", () => second.Tail);
        File.Delete(kubeconfig);
    }

    private static ChildProcess Start(string kubeconfig, int port, out ConcurrentQueue<string> lines)
    {
        var sample = ChildProcess.Start(
            Repository.PathOf($"Clustering.Kubernetes.Sample/bin/{Repository.Configuration}/net10.0/MetaCollector.Clustering.Kubernetes.Sample.dll"),
            ["--kubeconfig", kubeconfig, "--Clustering:Namespace", "default", "--Clustering:Name", "sample", "--port", $"{port}"]);
        var printed = lines = new ConcurrentQueue<string>();
        sample.Printed += printed.Enqueue;
        return sample;
    }
}
