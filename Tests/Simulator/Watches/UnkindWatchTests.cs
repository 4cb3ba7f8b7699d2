using System.Globalization;
using MetaCollector.Simulator;
using MetaCollector.Tests.Support;
using Xunit;
using static MetaCollector.Simulator.Objects.Kube;

namespace MetaCollector.Tests.Simulator.Watches;

/// <summary>What the real server does to watchers that is easily forgotten.</summary>
public sealed class UnkindWatchTests
{
    private const string StreamingList = "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";

    [Fact]
    public async Task FromAFutureVersion_DropsEventsUntilItIsReached()
    {
        await using var server = await AnyServer.StartAsync();
        var one = await server.CreateAsync(Lease("a"));
        var future = one.ResourceVersion + 50;
        using var watch = await server.Api.WatchAsync(server.Leases, $"resourceVersion={future}&allowWatchBookmarks=true");
        using var other = await server.Api.WatchAsync(server.Leases, $"resourceVersion={one.ResourceVersion}");
        var versions = new List<long>();
        while (versions.Count(version => version > future) < 3)
        {
            versions.Add((await server.ChangeAsync(one, lease => lease.Labelled(("n", $"{versions.Count}")))).ResourceVersion);
        }

        Assert.Equal(versions, (await other.TakeAsync(versions.Count)).Select(change => change.Number));
        Assert.Equal(versions.Where(version => version > future), (await watch.TakeAsync(3)).Select(change => change.Number));
    }

    [Fact]
    public async Task FromAFutureVersion_DropsBookmarksUntilItIsReached()
    {
        await using var server = await AnyServer.StartAsync();
        var future = await server.VersionAsync() + 1_000_000;
        // Its bookmark would come before its end.
        using var watch = await server.Api.WatchAsync(server.Leases, $"resourceVersion={future}&allowWatchBookmarks=true&timeoutSeconds=4");
        await server.CreateAsync(Lease("a"));

        Assert.Null(await watch.NextAsync());
    }

    [Fact]
    public async Task Resumed_AfterARestore_SeesNothingOfTheStateBeforeItsVersion()
    {
        AnyServer.NeedsSimulator("can be set back to an older state");
        await using var simulator = await StartAsync();
        using var api = new RawClient(simulator);
        simulator.Objects.Create(ConfigMap("a"));
        var backup = simulator.Objects.Snapshot();
        simulator.Objects.Delete(ConfigMap("a"));
        simulator.Objects.Create(ConfigMap("b"));
        var held = simulator.Objects.ResourceVersion;
        await simulator.RestartAsync(state: backup, cancellation: RawClient.Cancellation);
        using var watch = await api.WatchAsync(RawClient.ConfigMaps, $"resourceVersion={held}&allowWatchBookmarks=true&timeoutSeconds=1");
        simulator.Objects.Create(ConfigMap("c"));
        simulator.Objects.Create(ConfigMap("d"));

        Assert.Equal(held, simulator.Objects.ResourceVersion);
        Assert.Null(await watch.NextAsync());
        Assert.Equal(["a", "c", "d"], (await api.GetAsync(RawClient.ConfigMaps)).Names);
    }

    [Fact]
    public async Task StreamingList_WhatChangesBeforeItsMark_ComesBeforeIt()
    {
        AnyServer.NeedsSimulator("changes what it is listing");
        await using var simulator = await StartAsync();
        using var api = new RawClient(simulator);
        simulator.Objects.Create(ConfigMap("a"));
        simulator.Objects.Create(ConfigMap("b"));
        simulator.Faults.BeforeInitialEventsEnd("configmaps", () =>
        {
            simulator.Objects.Change(ConfigMap("a"), one => one.Labelled(("x", "1")));
            simulator.Objects.Delete(ConfigMap("b"));
        });
        using var watch = await api.WatchAsync(RawClient.ConfigMaps, StreamingList);
        var events = await watch.TakeAsync(5);

        Assert.Equal(["ADDED a", "ADDED b", "MODIFIED a", "DELETED b", "BOOKMARK "], events.Select(one => one.ToString()));
        Assert.Equal(simulator.Objects.ResourceVersion.ToString(CultureInfo.InvariantCulture), events[4].Version);
        Assert.Equal("true", events[4].Object.At("metadata", "annotations", "k8s.io/initial-events-end")!.Text);
    }

    [Fact]
    public async Task StreamingList_MarkedLate_SendsWhatChangesMeanwhileFirst()
    {
        AnyServer.NeedsSimulator("can be late with its mark");
        await using var simulator = await StartAsync(new SimulatorOptions { InitialEventsEndAfter = TimeSpan.FromMilliseconds(300) });
        using var api = new RawClient(simulator);
        simulator.Objects.Create(ConfigMap("a"));
        using var watch = await api.WatchAsync(RawClient.ConfigMaps, StreamingList);
        await watch.NextAsync();
        simulator.Objects.Delete(ConfigMap("a"));

        Assert.Equal(["DELETED a", "BOOKMARK "], (await watch.TakeAsync(2)).Select(one => one.ToString()));
    }

    [Fact]
    public async Task ServerBehind_AnswersFromAnOlderState_UntilItCatchesUp()
    {
        AnyServer.NeedsSimulator("can be told to fall behind");
        await using var simulator = await StartAsync(new SimulatorOptions { Patience = TimeSpan.FromMilliseconds(50) });
        using var api = new RawClient(simulator);
        simulator.Objects.Create(ConfigMap("a"));
        simulator.FallBehind();
        var old = simulator.Objects.ResourceVersion;
        simulator.Objects.Create(ConfigMap("b"));
        using var watch = await api.WatchAsync(RawClient.ConfigMaps, "resourceVersion=0&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true");
        using var newest = await api.WatchAsync(RawClient.ConfigMaps, StreamingList);
        var cached = await api.GetAsync(RawClient.ConfigMaps + "?resourceVersion=0");
        var consistent = await api.GetAsync(RawClient.ConfigMaps);
        var newer = await api.GetAsync(RawClient.ConfigMaps + $"?resourceVersion={old + 1}");
        var seen = await watch.TakeAsync(2);

        Assert.Equal(["a"], cached.Names);
        Assert.Equal(old.ToString(CultureInfo.InvariantCulture), cached.Version);
        Assert.Equal(["a", "b"], consistent.Names);
        Assert.Equal((504, "Timeout"), (newer.Code, newer.Reason));
        Assert.Equal("ERROR", (await newest.NextAsync())!.Type);
        Assert.Equal(["ADDED a", "BOOKMARK "], seen.Select(one => one.ToString()));
        Assert.Equal(cached.Version, seen[1].Version);
        simulator.CatchUp();
        Assert.Equal("ADDED b", (await watch.NextAsync())!.ToString());
    }

    [Fact]
    public async Task ServerBehind_IsSilentToWhoHasSeenMore()
    {
        AnyServer.NeedsSimulator("can be told to fall behind");
        await using var ahead = await StartAsync();
        await using var behind = await ahead.StartAnotherAsync(RawClient.Cancellation);
        using var api = new RawClient(ahead);
        using var other = new RawClient(behind);
        behind.FallBehind();
        ahead.Objects.Create(ConfigMap("a"));
        var seen = ahead.Objects.ResourceVersion;
        using var watch = await other.WatchAsync(RawClient.ConfigMaps, $"resourceVersion={seen}");
        ahead.Objects.Create(ConfigMap("b"));
        using var current = await api.WatchAsync(RawClient.ConfigMaps, $"resourceVersion={seen}");

        Assert.NotEqual(ahead.Url, behind.Url);
        Assert.Equal("ADDED b", (await current.NextAsync())!.ToString());
        Assert.True(behind.Requests.OpenWatches.Single().Bytes == 0);
        behind.CatchUp();
        Assert.Equal("ADDED b", (await watch.NextAsync())!.ToString());
    }

    private static Task<ApiServerSimulator> StartAsync(SimulatorOptions? options = null) => ApiServerSimulator.StartAsync(options, RawClient.Cancellation);
}
