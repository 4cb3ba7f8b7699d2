using MetaCollector.Simulator;
using MetaCollector.Simulator.Churning;
using MetaCollector.Simulator.Resources;
using MetaCollector.Tests.Support;
using Xunit;
using static MetaCollector.Simulator.Objects.Kube;

namespace MetaCollector.Tests.Simulator.Clusters;

/// <summary>Generated clusters, churn and manifests.</summary>
public sealed class ClusterTests
{
    [Fact]
    public async Task Generated_HasTheShapeThatWasAskedFor()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: RawClient.Cancellation);
        var counts = simulator.Clusters.Generate(20, 30, 4);
        var pods = simulator.Objects.List(ResourceTypes.Pods);

        Assert.Equal(20, simulator.Objects.Count(ResourceTypes.Nodes));
        Assert.All(pods.GroupBy(pod => pod.NodeName), group => Assert.Equal(30, group.Count()));
        Assert.Equal((600, 600), (pods.Count, counts["Pod"]));
        Assert.Equal(pods.Count, pods.Select(pod => pod.PodIP).Distinct().Count());
        Assert.Equal(
            ["", "DaemonSet", "Job", "Node", "ReplicaSet", "ReplicationController", "StatefulSet"],
            pods.Select(pod => pod.Owners is [var owner, ..] ? owner.Kind : "").Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Generated_Large_HasDistinctNames()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: RawClient.Cancellation);
        simulator.Clusters.Generate(4000, 3, 2);

        Assert.Equal(12_000, simulator.Objects.Count(ResourceTypes.Pods));
    }

    [Fact]
    public async Task Generated_RelationsHold()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: RawClient.Cancellation);
        simulator.Clusters.Generate(20, 30, 4);
        var all = simulator.Objects.Snapshot().All.ToDictionary(one => one.Uid);
        foreach (var one in all.Values)
        {
            foreach (var owner in one.Owners)
            {
                Assert.True(all.TryGetValue(owner.Uid, out var found), $"{one} has an owner that is not there");
                Assert.Equal((owner.Kind, owner.Name), (found.Kind, found.Name));
                Assert.True(found.Namespace.Length == 0 || found.Namespace == one.Namespace);
            }
        }

        var services = all.Values.Where(one => one.Kind == "Service").ToList();
        Assert.Contains(services, service => service.Texts("spec", "selector").Count == 0);
        Assert.All(services.Where(service => service.Texts("spec", "selector").Count > 0), service => Assert.Contains(
            all.Values, one => one.Kind == "Pod" && one.Namespace == service.Namespace && service.Texts("spec", "selector").All(pair => one.Labels.GetValueOrDefault(pair.Key) == pair.Value)));
        Assert.Contains(all.Values, one => one.Kind == "EndpointSlice" && one.Labels.ContainsKey("endpointslice.kubernetes.io/managed-by"));
        Assert.Contains(all.Values, one => one.Kind == "EndpointSlice" && !one.Labels.ContainsKey("endpointslice.kubernetes.io/managed-by"));
    }

    [Fact]
    public async Task Generated_WithOneSeed_IsTheSame()
    {
        await using var first = await ApiServerSimulator.StartAsync(cancellation: RawClient.Cancellation);
        await using var second = await ApiServerSimulator.StartAsync(cancellation: RawClient.Cancellation);
        first.Clusters.Generate(4, 12, 2, seed: 7);
        second.Clusters.Generate(4, 12, 2, seed: 7);

        Assert.Equal(first.Objects.List(ResourceTypes.Pods).Select(pod => (pod.Name, pod.Uid)), second.Objects.List(ResourceTypes.Pods).Select(pod => (pod.Name, pod.Uid)));
    }

    [Fact]
    public async Task Churn_ChangesAllItSays_AndKeepsTheNumberOfPods()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: RawClient.Cancellation);
        simulator.Clusters.Generate(5, 12, 2);
        var before = simulator.Objects.List(ResourceTypes.Pods).Select(pod => pod.Uid).ToHashSet();
        var version = simulator.Objects.ResourceVersion;
        var enough = new TaskCompletionSource();
        var seen = 0;
        await using (simulator.StartChurn(5000, changed: _ =>
        {
            if (Interlocked.Increment(ref seen) == 2000)
            {
                enough.SetResult();
            }
        }))
        {
            await enough.Task.WaitAsync(TimeSpan.FromMinutes(1), RawClient.Cancellation);
        }

        var after = simulator.Objects.List(ResourceTypes.Pods);
        Assert.Equal(before.Count, after.Count);
        Assert.True(after.Count(pod => !before.Contains(pod.Uid)) > 10);
        Assert.True(simulator.Objects.ResourceVersion >= version + 2000);
        Assert.Contains(after, pod => pod.Labels.ContainsKey("churn"));
    }

    [Fact]
    public async Task Churn_OfOneSeedTwiceAndOfTheClustersOwn_GivesNoUidTwice()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: RawClient.Cancellation);
        simulator.Clusters.Generate(6, 15, 4, seed: 1);
        var names = simulator.Objects.Snapshot().All.ToDictionary(one => one.Uid, one => (one.Type, one.Name));
        var again = new List<string>();
        for (var round = 0; round < 2; round++)
        {
            var enough = new TaskCompletionSource();
            var left = 2000;
            await using (simulator.StartChurn(20_000, new ChurnMix { StatusNoise = 0, PodLabels = 0 }, seed: 1, changed: one =>
            {
                // In the thread that makes the changes, which is one at a time.
                if (!names.TryAdd(one.Uid, (one.Type, one.Name)) && names[one.Uid] != (one.Type, one.Name)) again.Add(one.Uid);
                if (--left == 0) enough.SetResult();
            }))
            {
                await enough.Task.WaitAsync(TimeSpan.FromMinutes(1), RawClient.Cancellation);
            }
        }

        Assert.Empty(again);
    }

    [Fact]
    public async Task Churn_OfLabelsOnly_ReplacesNothing()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: RawClient.Cancellation);
        simulator.Clusters.Generate(2, 10, 1);
        var before = simulator.Objects.List(ResourceTypes.Pods).Select(pod => (pod.Uid, pod.PodIP)).ToList();
        var enough = new TaskCompletionSource();
        await using (var churn = simulator.StartChurn(5000, ChurnMix.LabelsOnly, changed: pod =>
        {
            if (pod.Labels["churn"] == "300")
            {
                enough.TrySetResult();
            }
        }))
        {
            await enough.Task.WaitAsync(TimeSpan.FromMinutes(1), RawClient.Cancellation);
        }

        Assert.Equal(before, simulator.Objects.List(ResourceTypes.Pods).Select(pod => (pod.Uid, pod.PodIP)));
    }

    [Fact]
    public async Task Manifests_OfAFolder_AreCreated()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: RawClient.Cancellation);
        var folder = Directory.CreateTempSubdirectory("manifests");
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "a.yaml"), """
                # two documents
                apiVersion: v1
                kind: Pod
                metadata: {name: p, namespace: shop, labels: {version: "1", on: yes-really}}
                spec:
                  nodeName: n1
                  terminationGracePeriodSeconds: 5
                  containers: [{name: a, image: "b:1"}]
                ---
                apiVersion: v1
                kind: Namespace
                metadata: {name: shop, labels: {team: a}}
                """, RawClient.Cancellation);
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "b.json"), """
                {"kind":"List","apiVersion":"v1","items":[{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"c"},"data":{"n":"1"}}]}
                """, RawClient.Cancellation);
            Assert.Equal(3, simulator.Load(folder.FullName));
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        var pod = simulator.Objects.Get(ResourceTypes.Pods, "shop", "p")!;
        Assert.Equal(("1", "n1", "5"), (pod.Labels["version"], pod.NodeName, pod.Document.At("spec", "terminationGracePeriodSeconds")!.ToString()));
        Assert.Equal("a", simulator.Objects.Get(ResourceTypes.Namespaces, "", "shop")!.Labels["team"]);
        Assert.NotNull(simulator.Objects.Get(ConfigMap("c")));
    }

    [Theory]
    [InlineData("kind: [", "a.yaml")]
    [InlineData("{kind: Nothing, apiVersion: v1}", "a.yaml: the simulator knows no kind \"Nothing\" in \"v1\"")]
    public async Task Manifest_ThatIsWrong_IsNamed(string text, string message)
    {
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: RawClient.Cancellation);
        var folder = Directory.CreateTempSubdirectory("manifests");
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "a.yaml"), text, RawClient.Cancellation);
            Assert.Contains(message, Assert.Throws<FormatException>(() => simulator.Load(folder.FullName)).Message, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
