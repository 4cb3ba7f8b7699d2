using MetaCollector.Simulator;
using MetaCollector.Testing.Api;
using Xunit;
using static MetaCollector.Simulator.Objects.Kube;
using ApiClient = MetaCollector.Tests.Simulator.ApiClient;

namespace MetaCollector.Tests.Testing.Api;

/// <summary>The proxy lets everything through, and spoils what it is told to spoil.</summary>
public sealed class ApiProxyTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Requests_GoThrough_AndAreCounted()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(new SimulatorOptions { Https = true, Token = "t" }, Cancellation);
        await using var proxy = await ApiProxy.StartAsync([simulator], Cancellation);
        using var api = new ApiClient(proxy.Url.ToString());
        var created = await api.PostAsync(ApiClient.ConfigMaps, """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}""");
        using var watch = await api.WatchAsync(ApiClient.ConfigMaps, "resourceVersion=0");

        Assert.Equal(201, created.Code);
        Assert.Equal("ADDED a", (await watch.NextAsync())!.ToString());
        Assert.Equal(404, (await api.GetAsync(ApiClient.ConfigMaps + "/b")).Code);
        Assert.Equal([("create", 201), ("watch", 200), ("get", 404)], proxy.Requests.All.Select(one => (one.Verb, one.Code)));
    }

    [Fact]
    public async Task HeldBack_NothingArrives_UntilEnoughIsThere()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: Cancellation);
        await using var proxy = await ApiProxy.StartAsync([simulator], Cancellation);
        using var api = new ApiClient(proxy.Url.ToString());
        proxy.HoldBack = 4096;
        using var watch = await api.WatchAsync(ApiClient.ConfigMaps, $"resourceVersion={simulator.Objects.ResourceVersion}");
        simulator.Objects.Create(ConfigMap("a"));
        var list = await api.GetAsync(ApiClient.ConfigMaps);
        var next = watch.NextAsync();
        var behind = proxy.Requests.OpenWatches.Single();

        Assert.Equal(["a"], list.Names);
        Assert.Equal(0, behind.Bytes);
        Assert.False(next.IsCompleted);
        simulator.Objects.Create(ConfigMap("b").WithData(("k", new string('x', 4096))));
        Assert.Equal("ADDED a", (await next)!.ToString());
    }

    [Fact]
    public async Task Watches_AreCutEndedAndFrozen()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: Cancellation);
        await using var proxy = await ApiProxy.StartAsync([simulator], Cancellation);
        using var api = new ApiClient(proxy.Url.ToString());
        simulator.Objects.Create(ConfigMap("a"));
        using var cut = await api.WatchAsync(ApiClient.ConfigMaps, "resourceVersion=0");
        await cut.NextAsync();
        Assert.True(proxy.Faults.CutOneWatch("configmaps"));
        await Assert.ThrowsAnyAsync<IOException>(cut.NextAsync);

        using var ended = await api.WatchAsync(ApiClient.ConfigMaps, "resourceVersion=0");
        await ended.NextAsync();
        Assert.Equal(1, proxy.Faults.EndWatches("configmaps"));
        Assert.Null(await ended.NextAsync());

        using var frozen = await api.WatchAsync(ApiClient.ConfigMaps, "resourceVersion=0");
        await frozen.NextAsync();
        proxy.Faults.FreezeWatches();
        simulator.Objects.Create(ConfigMap("b"));
        var next = frozen.NextAsync();
        Assert.False(next.IsCompleted);
        Assert.Equal(1, proxy.Faults.ThawWatches());
        Assert.Equal("ADDED b", (await next)!.ToString());
    }

    [Fact]
    public async Task Refusals_AreTheProxys()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: Cancellation);
        await using var proxy = await ApiProxy.StartAsync([simulator], Cancellation);
        using var api = new ApiClient(proxy.Url.ToString());
        proxy.Faults.Answer(403, int.MaxValue, "pods", "list");
        proxy.Faults.ExpireNextWatches("pods");
        var refused = await api.GetAsync(ApiClient.Pods);
        proxy.Faults.ClearAnswers();

        Assert.Equal((403, "Forbidden"), (refused.Code, refused.Reason));
        Assert.Equal(200, (await api.GetAsync(ApiClient.Pods)).Code);
        using var watch = await api.WatchAsync(ApiClient.Pods, "resourceVersion=1000");
        Assert.Equal("ERROR", (await watch.NextAsync())!.Type);
        Assert.Null(await watch.NextAsync());
        Assert.Equal(1, simulator.Requests.Total);
    }

    [Fact]
    public async Task SeveralServers_BehindOneAddress()
    {
        await using var first = await ApiServerSimulator.StartAsync(cancellation: Cancellation);
        await using var second = await first.StartAnotherAsync(Cancellation);
        await using var proxy = await ApiProxy.StartAsync([first, second], Cancellation);
        using var api = new ApiClient(proxy.Url.ToString());
        second.FallBehind();
        first.Objects.Create(ConfigMap("a"));
        var current = await api.GetAsync(ApiClient.ConfigMaps + "?resourceVersion=0");
        proxy.Server = 1;
        var old = await api.GetAsync(ApiClient.ConfigMaps + "?resourceVersion=0");

        Assert.Equal(["a"], current.Names);
        Assert.Empty(old.Names);
    }
}
