using MetaCollector.Simulator;
using MetaCollector.Simulator.Resources;
using MetaCollector.Testing.Processes;
using MetaCollector.Testing.Streams;
using MetaCollector.Tests.Support;
using Xunit;
using static MetaCollector.Simulator.Objects.Kube;

namespace MetaCollector.Tests.EndToEnd;

/// <summary>
/// The faults of <c>docs/troubleshooting.md</c>, made for real: the command that the document gives finds what the document says.
/// </summary>
public sealed class TroubleshootingTests
{
    private readonly int _inspect = Ports.Free();

    [Fact]
    public async Task Rbac_WithoutReplicaSets_IsNamedWithTheVerbs()
    {
        var section = Troubleshooting.Section("No ReplicaSets, no Deployments");
        await using var cluster = await StartAsync(simulator =>
        {
            simulator.Access.Forbid("list", "replicasets");
            simulator.Access.Forbid("watch", "replicasets");
        });
        await using var falco = cluster.Subscribe(Troubleshooting.Node);
        await section.FoundAsync(_inspect);
    }

    [Fact]
    public async Task Watch_Frozen_IsNoticedByItsSilence()
    {
        var section = Troubleshooting.Section("A new pod does not arrive");
        await using var cluster = await StartAsync(flags: ["--watch-idle-timeout", "4s"]);
        // Not even a new watch gets an answer, as with a proxy that swallows everything.
        cluster.Simulator.Faults.Delay(TimeSpan.FromMinutes(5), "pods");
        cluster.Simulator.Faults.FreezeWatches("pods");
        cluster.Simulator.Objects.Create(Pod("web-3").In("shop").On(Troubleshooting.Node));
        await section.FoundAsync(_inspect);
    }

    [Fact]
    public async Task Falco_AskingForAnotherNodeName_IsFoundWithTheNameThatWasMeant()
    {
        var section = Troubleshooting.Section("Nothing arrives on one node");
        await using var cluster = await StartAsync();
        await using (cluster.Subscribe("worker1"))
        {
            await section.FoundAsync(_inspect);
        }

        await using var right = cluster.Subscribe(Troubleshooting.Node);
        await section.MendedAsync(_inspect);

        // Having been looked into, it ends as it always does.
        cluster.Collector.Process.Signal(Signals.Terminate);
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        await cluster.Collector.Process.WaitForExitAsync(patience.Token);
        Assert.Equal(0, cluster.Collector.Process.ExitCode);
    }

    [Fact]
    public async Task Leader_LostAndNobodyMayTakeTheLease_IsNamedWithTheReason()
    {
        var section = Troubleshooting.Section("Nothing changes any more, anywhere");
        var folder = Directory.CreateTempSubdirectory("metacollector-").FullName;
        await using var simulator = await ApiServerSimulator.StartAsync(new SimulatorOptions());
        Troubleshooting.Fill(simulator);
        var kubeconfig = Path.Combine(folder, "kubeconfig");
        await simulator.WriteKubeconfigAsync(kubeconfig);
        string[] flags = ["--clustering", "kubernetes", "--namespace", "default"];
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        await using var leader = CollectorProcess.Start(kubeconfig, flags);
        await leader.WaitUntilReadyAsync(patience.Token);
        await using var other = CollectorProcess.Start(kubeconfig, [.. flags, "--inspect-bind-address", $"127.0.0.1:{_inspect}"]);
        await other.WaitUntilReadyAsync(patience.Token);

        simulator.Access.Forbid("update", "leases");
        leader.Process.Signal(Signals.Kill);
        await section.FoundAsync(_inspect);

        simulator.Access.Allow("update", "leases");
        await section.MendedAsync(_inspect);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Stream_NotReadByItsFalco_IsFoundStuck()
    {
        var section = Troubleshooting.Section("Metadata on one node is old");
        await using var cluster = await StartAsync(simulator =>
        {
            // Together they are several times what a connection takes in by itself.
            for (var i = 0; i < 60; i++)
                simulator.Objects.Create(Pod($"large-{i}").In("shop").On(Troubleshooting.Node).Labelled([.. Enumerable.Range(0, 150).Select(n => ($"filler-{n}", new string('x', 60)))]));
        });
        await using var stuck = new StreamClient(cluster.Collector.Broker, Troubleshooting.Node, onEvent: (client, _) =>
        {
            if (client.Events == 1) client.Pause();
        });
        await section.FoundAsync(_inspect);

        stuck.Resume();
        await section.MendedAsync(_inspect);
    }

    [Fact]
    public async Task Pod_WithoutIp_IsSaidToBeSentWithoutOne()
    {
        var section = Troubleshooting.Section("A pod has no IP");
        await using var cluster = await StartAsync(simulator => simulator.Objects.Create(Pod("web-3").In("shop").On(Troubleshooting.Node)));
        await using var falco = cluster.Subscribe(Troubleshooting.Node);
        await section.FoundAsync(_inspect);

        cluster.Simulator.Objects.Patch(ResourceTypes.Pods, "shop", "web-3", """{"status":{"podIP":"10.0.0.3"}}""");
        await section.MendedAsync(_inspect);
    }

    private Task<EndToEndCluster> StartAsync(Action<ApiServerSimulator>? prepare = null, params string[] flags) => EndToEndCluster.StartSimulatedAsync(
        new SimulatorOptions { BookmarkInterval = TimeSpan.FromSeconds(1) },
        simulator =>
        {
            Troubleshooting.Fill(simulator);
            prepare?.Invoke(simulator);
        },
        ["--inspect-bind-address", $"127.0.0.1:{_inspect}", .. flags]);
}
