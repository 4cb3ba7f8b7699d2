using System.Collections.Concurrent;
using MetaCollector.Gateway.Wire;
using MetaCollector.Simulator;
using MetaCollector.Simulator.Objects;
using MetaCollector.Testing.Streams;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Install.Server;

/// <summary>
/// Objects, applied to an API server: controllers make the pods, a stand-in for the kubelet runs them, and on a real server they have
/// their account and no other right.
/// </summary>
public sealed class InstalledTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    private readonly CancellationTokenSource _patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    public InstalledTests() => _patience.CancelAfter(Patience);

    public void Dispose() => _patience.Dispose();

    [Fact]
    public async Task Manifest_OnARealServer_ThreeReplicasFormAClusterAndStream()
    {
        using var server = ApiServer.Connect();
        await using var installation = await Installation.ApplyAsync(server);
        await AssertClusterAsync(server, installation, await NodeAsync(server), await server.TokenAsync(installation.Name, installation.Name));
    }

    [Fact]
    public async Task Manifest_OnTheSimulator_ThreeReplicasFormAClusterAndStream()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(new SimulatorOptions { Https = true, Token = "admin" }, _patience.Token);
        simulator.Objects.Create(Kube.Node("node-1"));
        using var server = ApiServer.Of(simulator);
        await using var installation = await Installation.ApplyAsync(server);
        await installation.CreatePodsAsync("node-1");
        simulator.Access.AddToken("pods", $"system:serviceaccount:{installation.Name}:{installation.Name}");
        await AssertClusterAsync(server, installation, "node-1", "pods");
    }

    [Fact]
    public Task PublishedChart_ItsImageReplaced_OneReplicaStreamsWithTheRightsThatItHas() => AssertOneReplicaAsync(PublishedChart.Manifest);

    [Fact]
    public Task PublishedValues_EveryOption_OneReplicaStreams() => AssertOneReplicaAsync(name => string.Concat(
        $"apiVersion: v1\nkind: Namespace\nmetadata:\n  name: {name}\n", Helm.Render([.. Helm.Example("published"), "--skip-tests", .. Named(name)])));

    private static IEnumerable<string> Named(string name) =>
        ((string[])["fullnameOverride", "namespaceOverride", "serviceAccount.name", "grafana.dashboards.configMaps.collector.namespace"])
            .SelectMany(value => (string[])["--set", $"{value}={name}"]);

    private async Task AssertOneReplicaAsync(Func<string, string> manifest)
    {
        using var server = ApiServer.Connect();
        await using var installation = await Installation.ApplyAsync(server, manifest);
        var name = installation.Name;
        var node = await NodeAsync(server);
        await using var kubelet = new KubeletStandIn(server, node, await server.TokenAsync(name, name));

        var pod = Assert.Single(await installation.PodsAsync(_patience.Token));
        var running = await kubelet.RunAsync(pod, _patience.Token);

        await AssertStreamsAsync(running.Ip, node, new HashSet<string> { (string)pod.At("metadata", "uid")! });
        Assert.DoesNotContain("forbidden", running.Process.Tail, StringComparison.OrdinalIgnoreCase);
        var leases = await server.SendAsync(HttpMethod.Get, $"apis/coordination.k8s.io/v1/namespaces/{name}/leases");
        Assert.Empty(leases["items"]!.AsArray());
    }

    private async Task AssertClusterAsync(ApiServer server, Installation installation, string node, string token)
    {
        var name = installation.Name;
        await using var kubelet = new KubeletStandIn(server, node, token);
        var pods = await installation.PodsAsync(_patience.Token);
        var running = await Task.WhenAll(pods.Select(pod => kubelet.RunAsync(pod, _patience.Token)));

        // They found each other, and one of them leads.
        var members = await server.SendAsync(HttpMethod.Get, $"api/v1/namespaces/{name}/configmaps/{name}");
        Assert.All(running, replica => Assert.Contains(replica.Ip, members.ToJsonString(), StringComparison.Ordinal));
        var lease = await server.SendAsync(HttpMethod.Get, $"apis/coordination.k8s.io/v1/namespaces/{name}/leases/{name}");
        Assert.NotEqual("", (string?)lease.At("spec", "holderIdentity") ?? "");

        // Each of them streams the same: the pods of the node, these included.
        var uids = pods.Select(pod => (string)pod.At("metadata", "uid")!).ToHashSet();
        foreach (var (ip, _) in running) await AssertStreamsAsync(ip, node, uids);
    }

    private async Task AssertStreamsAsync(string ip, string node, IReadOnlySet<string> uids)
    {
        var seen = new ConcurrentDictionary<string, bool>();
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var client = new StreamClient(new Uri($"http://{ip}:45000"), node, onEvent: Take);
        await all.Task.WaitAsync(_patience.Token);

        void Take(StreamClient stream, Event received)
        {
            if (received is { Kind: "Pod", Reason: "Create" }) seen[received.Uid] = true;
            if (uids.All(seen.ContainsKey)) all.TrySetResult();
        }
    }

    private static async Task<string> NodeAsync(ApiServer server) =>
        (string)(await server.SendAsync(HttpMethod.Get, "api/v1/nodes")).At("items", "0", "metadata", "name")!;
}
