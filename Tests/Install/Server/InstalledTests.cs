using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using MetaCollector.Gateway.Wire;
using MetaCollector.Testing.Streams;
using Xunit;

namespace MetaCollector.Tests.Install.Server;

/// <summary>The manifest, installed: its controllers make the pods, a stand-in for the kubelet runs them, with its account and no other right.</summary>
public sealed class InstalledTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    [Fact]
    public async Task Manifest_Applied_ThreeReplicasFormAClusterAndStream()
    {
        using var server = ApiServer.Connect();
        await using var installation = await Installation.ApplyAsync(server);
        var name = installation.Name;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        var node = (string)(await server.SendAsync(HttpMethod.Get, "api/v1/nodes")).At("items", "0", "metadata", "name")!;

        await using var kubelet = new KubeletStandIn(server, node, await server.TokenAsync(name, name));
        var pods = await PodsAsync(installation, patience.Token);
        var running = await Task.WhenAll(pods.Select(pod => kubelet.RunAsync(pod, patience.Token)));

        // They found each other, and one of them leads.
        var members = await server.SendAsync(HttpMethod.Get, $"api/v1/namespaces/{name}/configmaps/{name}");
        Assert.All(running, replica => Assert.Contains(replica.Ip, members.ToJsonString(), StringComparison.Ordinal));
        var lease = await server.SendAsync(HttpMethod.Get, $"apis/coordination.k8s.io/v1/namespaces/{name}/leases/{name}");
        Assert.NotEqual("", (string?)lease.At("spec", "holderIdentity") ?? "");

        // Each of them streams the same: the pods of the node, these included.
        var uids = pods.Select(pod => (string)pod.At("metadata", "uid")!).ToHashSet();
        foreach (var (ip, _) in running)
        {
            var seen = new ConcurrentDictionary<string, bool>();
            var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using var client = new StreamClient(new Uri($"http://{ip}:45000"), node, onEvent: Take);
            await all.Task.WaitAsync(patience.Token);

            void Take(StreamClient stream, Event received)
            {
                if (received is { Kind: "Pod", Reason: "Create" }) seen[received.Uid] = true;
                if (uids.All(seen.ContainsKey)) all.TrySetResult();
            }
        }
    }

    private static async Task<IReadOnlyList<JsonObject>> PodsAsync(Installation installation, CancellationToken cancellation)
    {
        var wanted = (long)installation.Deployment.At("spec", "replicas")!;
        while (true)
        {
            var pods = await installation.PodsAsync();
            if (pods.Count == wanted)
            {
                foreach (var pod in pods) (pod["apiVersion"], pod["kind"]) = ("v1", "Pod");
                return pods;
            }

            await Task.Delay(100, cancellation);
        }
    }
}
