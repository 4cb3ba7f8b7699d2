using MetaCollector.Simulator;
using MetaCollector.Tests.Support;
using Xunit;
using static MetaCollector.Simulator.Objects.Kube;

namespace MetaCollector.Tests.Simulator.Faults;

/// <summary>Tokens and permissions.</summary>
public sealed class AccessTests
{
    [Fact]
    public async Task Token_IsNeededOnceThereIsOne()
    {
        AnyServer.NeedsSimulator("asks for a token or not");
        await using var simulator = await ApiServerSimulator.StartAsync(new SimulatorOptions { Token = "good" }, RawClient.Cancellation);
        using var api = new RawClient(simulator);
        var without = await api.GetAsync(RawClient.Pods);
        api.Token = "bad";
        var wrong = await api.GetAsync(RawClient.Pods);
        api.Token = "good";
        var right = await api.GetAsync(RawClient.Pods);

        Assert.Equal((401, "Unauthorized", "Unauthorized"), (without.Code, without.Reason, without.Message));
        Assert.Equal((401, 200), (wrong.Code, right.Code));
        Assert.Contains("token: \"good\"", simulator.Kubeconfig, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Token_ExpiresAndRotates()
    {
        AnyServer.NeedsSimulator("takes a token away");
        await using var simulator = await ApiServerSimulator.StartAsync(new SimulatorOptions { Token = "first" }, RawClient.Cancellation);
        using var api = new RawClient(simulator) { Token = "second" };
        simulator.Access.AddToken("second", "someone", DateTimeOffset.UtcNow.AddHours(1));
        var valid = await api.GetAsync(RawClient.Pods);
        simulator.Access.AddToken("second", "someone", DateTimeOffset.UtcNow.AddSeconds(-1));
        var expired = await api.GetAsync(RawClient.Pods);
        api.Token = "first";
        simulator.Access.RemoveToken("first");

        Assert.Equal((200, 401, 401), (valid.Code, expired.Code, (await api.GetAsync(RawClient.Pods)).Code));
    }

    [Fact]
    public async Task Forbidden_SaysWhoMayNotDoWhat()
    {
        await using var server = await AnyServer.StartAsync(new SimulatorOptions { Token = "t" });
        using var api = await server.WithoutRightsAsync("collector", "list replicasets", "get configmaps");
        var list = await api.GetAsync("/apis/apps/v1/replicasets");
        var get = await api.GetAsync(server.ConfigMaps + "/a");
        var user = $"system:serviceaccount:{server.Namespace}:collector";

        Assert.Equal(
            (403, "Forbidden", $"replicasets.apps is forbidden: User \"{user}\" cannot list resource \"replicasets\" in API group \"apps\" at the cluster scope"),
            (list.Code, list.Reason, list.Message));
        Assert.Equal(
            $"configmaps \"a\" is forbidden: User \"{user}\" cannot get resource \"configmaps\" in API group \"\" in the namespace \"{server.Namespace}\"",
            get.Message);
    }

    [Fact]
    public async Task Right_TakenAway_AndGivenBack()
    {
        AnyServer.NeedsSimulator("takes single rights away");
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: RawClient.Cancellation);
        using var api = new RawClient(simulator);
        simulator.Access.Forbid("list", "replicasets");
        var list = await api.GetAsync("/apis/apps/v1/replicasets");
        var watch = await api.GetAsync("/apis/apps/v1/replicasets?watch=true&timeoutSeconds=1");
        simulator.Access.Allow("list", "replicasets");

        Assert.Equal((403, 200), (list.Code, watch.Code));
        Assert.Equal(200, (await api.GetAsync("/apis/apps/v1/replicasets")).Code);
    }

    [Fact]
    public async Task Requests_AreCounted()
    {
        AnyServer.NeedsSimulator("counts what it is asked");
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: RawClient.Cancellation);
        using var api = new RawClient(simulator);
        simulator.Objects.Create(Pod("p"));
        var list = await api.GetAsync("/api/v1/pods");
        await api.GetAsync(RawClient.Pods + "/nope");
        await api.MergeAsync(RawClient.Pods + "/p/status", "{}");
        using var watch = await api.WatchAsync("/api/v1/pods", "resourceVersion=0");
        await watch.NextAsync();

        Assert.Equal(1, simulator.Requests.Count("list", "pods", 200));
        Assert.Equal(1, simulator.Requests.Count("get", "pods", 404));
        Assert.Equal(1, simulator.Requests.Count("patch", "pods/status"));
        Assert.Equal(4, simulator.Requests.Total);
        var open = Assert.Single(simulator.Requests.OpenWatches);
        Assert.True(open.Bytes > 0);
        Assert.Equal(list.Body.Length, simulator.Requests.Summary().Single(sum => sum is { Verb: "list", Resource: "pods" }).Bytes);
        simulator.Requests.Clear();
        Assert.Equal(0, simulator.Requests.Total);
        Assert.Single(simulator.Requests.OpenWatches);
    }
}
