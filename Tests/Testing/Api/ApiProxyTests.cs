using MetaCollector.Simulator;
using MetaCollector.Testing.Api;
using MetaCollector.Tests.Support;
using Xunit;
using static MetaCollector.Simulator.Objects.Kube;

namespace MetaCollector.Tests.Testing.Api;

/// <summary>The proxy lets everything through, and spoils what it is told to spoil.</summary>
public sealed class ApiProxyTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Requests_GoThrough_AndAreCounted()
    {
        await using var server = await AnyServer.StartAsync(new SimulatorOptions { Https = true, Token = "t" });
        await using var proxy = await server.StartProxyAsync();
        using var api = new RawClient(proxy.Url.ToString());
        var created = await api.PostAsync(server.Leases, """{"metadata":{"name":"a"}}""");
        using var watch = await api.WatchAsync(server.Leases, "resourceVersion=0");

        Assert.Equal(201, created.Code);
        Assert.Equal("ADDED a", (await watch.NextAsync())!.ToString());
        Assert.Equal(404, (await api.GetAsync(server.Leases + "/b")).Code);
        Assert.Equal([("create", 201), ("watch", 200), ("get", 404)], proxy.Requests.All.Select(one => (one.Verb, one.Code)));
    }

    [Fact]
    public async Task HeldBack_NothingArrives_UntilEnoughIsThere()
    {
        await using var server = await AnyServer.StartAsync();
        await using var proxy = await server.StartProxyAsync();
        using var api = new RawClient(proxy.Url.ToString());
        proxy.HoldBack = 4096;
        using var watch = await api.WatchAsync(server.Leases, $"resourceVersion={await server.VersionAsync()}");
        await server.CreateAsync(Lease("a"));
        var list = await api.GetAsync(server.Leases);
        var next = watch.NextAsync();
        var behind = proxy.Requests.OpenWatches.Single();

        Assert.Equal(["a"], list.Names);
        Assert.Equal(0, behind.Bytes);
        Assert.False(next.IsCompleted);
        await server.CreateAsync(Lease("b").Annotated(("k", new string('x', 4096))));
        Assert.Equal("ADDED a", (await next)!.ToString());
    }

    [Fact]
    public async Task Watches_AreCutEndedAndFrozen()
    {
        await using var server = await AnyServer.StartAsync();
        await using var proxy = await server.StartProxyAsync();
        using var api = new RawClient(proxy.Url.ToString());
        await server.CreateAsync(Lease("a"));
        using var cut = await api.WatchAsync(server.Leases, "resourceVersion=0");
        await cut.NextAsync();
        Assert.True(proxy.Faults.CutOneWatch("leases"));
        await Assert.ThrowsAnyAsync<IOException>(cut.NextAsync);

        using var ended = await api.WatchAsync(server.Leases, "resourceVersion=0");
        await ended.NextAsync();
        Assert.Equal(1, proxy.Faults.EndWatches("leases"));
        Assert.Null(await ended.NextAsync());

        using var frozen = await api.WatchAsync(server.Leases, "resourceVersion=0");
        await frozen.NextAsync();
        proxy.Faults.FreezeWatches();
        await server.CreateAsync(Lease("b"));
        var next = frozen.NextAsync();
        Assert.False(next.IsCompleted);
        Assert.Equal(1, proxy.Faults.ThawWatches());
        Assert.Equal("ADDED b", (await next)!.ToString());
    }

    [Fact]
    public async Task Refusals_AreTheProxys()
    {
        await using var server = await AnyServer.StartAsync();
        await using var proxy = await server.StartProxyAsync();
        using var api = new RawClient(proxy.Url.ToString());
        proxy.Faults.Answer(403, int.MaxValue, "pods", "list");
        proxy.Faults.ExpireNextWatches("pods");
        var refused = await api.GetAsync(server.Pods);
        proxy.Faults.ClearAnswers();

        Assert.Equal((403, "Forbidden"), (refused.Code, refused.Reason));
        Assert.Equal(200, (await api.GetAsync(server.Pods)).Code);
        using var watch = await api.WatchAsync(server.Pods, $"resourceVersion={await server.VersionAsync()}");
        Assert.Equal("ERROR", (await watch.NextAsync())!.Type);
        Assert.Null(await watch.NextAsync());
    }

    [Fact]
    public async Task SeveralServers_BehindOneAddress()
    {
        AnyServer.NeedsSimulator("has several servers");
        await using var first = await ApiServerSimulator.StartAsync(cancellation: Cancellation);
        await using var second = await first.StartAnotherAsync(Cancellation);
        await using var proxy = await ApiProxy.StartAsync([first, second], Cancellation);
        using var api = new RawClient(proxy.Url.ToString());
        second.FallBehind();
        first.Objects.Create(ConfigMap("a"));
        var current = await api.GetAsync(RawClient.ConfigMaps + "?resourceVersion=0");
        proxy.Server = 1;
        var old = await api.GetAsync(RawClient.ConfigMaps + "?resourceVersion=0");

        Assert.Equal(["a"], current.Names);
        Assert.Empty(old.Names);
    }
}
