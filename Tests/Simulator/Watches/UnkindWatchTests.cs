using System.Globalization;
using MetaCollector.Simulator;
using Xunit;
using static MetaCollector.Simulator.Objects.Kube;

namespace MetaCollector.Tests.Simulator.Watches;

/// <summary>What the real server does to watchers that is easily forgotten.</summary>
public sealed class UnkindWatchTests
{
    private const string StreamingList = "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";

    [Fact]
    public async Task FromAFutureVersion_DropsEventsAndBookmarksUntilItIsReached()
    {
        await using var simulator = await StartAsync(new SimulatorOptions { BookmarkInterval = TimeSpan.FromMilliseconds(10) });
        using var api = new ApiClient(simulator);
        var future = simulator.Objects.ResourceVersion + 2;
        using var watch = await api.WatchAsync(ApiClient.ConfigMaps, $"resourceVersion={future}&allowWatchBookmarks=true");
        simulator.Objects.Create(ConfigMap("a"));
        // So much time has passed when another watch has had three bookmarks.
        using var other = await api.WatchAsync(ApiClient.ConfigMaps, $"resourceVersion={future - 2}&allowWatchBookmarks=true");
        await other.TakeAsync(4);
        simulator.Objects.Create(ConfigMap("b"));
        await other.TakeAsync(3);
        simulator.Objects.Create(ConfigMap("c"));
        var events = await watch.TakeAsync(2);

        Assert.Equal(["ADDED c", "BOOKMARK "], events.Select(one => one.ToString()));
        Assert.All(events, one => Assert.Equal((future + 1).ToString(CultureInfo.InvariantCulture), one.Version));
    }

    [Fact]
    public async Task Resumed_AfterARestore_SeesNothingOfTheStateBeforeItsVersion()
    {
        await using var simulator = await StartAsync();
        using var api = new ApiClient(simulator);
        simulator.Objects.Create(ConfigMap("a"));
        var backup = simulator.Objects.Snapshot();
        simulator.Objects.Delete(ConfigMap("a"));
        simulator.Objects.Create(ConfigMap("b"));
        var held = simulator.Objects.ResourceVersion;
        await simulator.RestartAsync(state: backup, cancellation: ApiClient.Cancellation);
        using var watch = await api.WatchAsync(ApiClient.ConfigMaps, $"resourceVersion={held}&allowWatchBookmarks=true&timeoutSeconds=1");
        simulator.Objects.Create(ConfigMap("c"));
        simulator.Objects.Create(ConfigMap("d"));

        Assert.Equal(held, simulator.Objects.ResourceVersion);
        Assert.Null(await watch.NextAsync());
        Assert.Equal(["a", "c", "d"], (await api.GetAsync(ApiClient.ConfigMaps)).Names);
    }

    [Fact]
    public async Task StreamingList_WhatChangesBeforeItsMark_ComesBeforeIt()
    {
        await using var simulator = await StartAsync();
        using var api = new ApiClient(simulator);
        simulator.Objects.Create(ConfigMap("a"));
        simulator.Objects.Create(ConfigMap("b"));
        simulator.Faults.BeforeInitialEventsEnd("configmaps", () =>
        {
            simulator.Objects.Change(ConfigMap("a"), one => one.Labelled(("x", "1")));
            simulator.Objects.Delete(ConfigMap("b"));
        });
        using var watch = await api.WatchAsync(ApiClient.ConfigMaps, StreamingList);
        var events = await watch.TakeAsync(5);

        Assert.Equal(["ADDED a", "ADDED b", "MODIFIED a", "DELETED b", "BOOKMARK "], events.Select(one => one.ToString()));
        Assert.Equal(simulator.Objects.ResourceVersion.ToString(CultureInfo.InvariantCulture), events[4].Version);
        Assert.Equal("true", events[4].Object.At("metadata", "annotations", "k8s.io/initial-events-end")!.Text);
    }

    [Fact]
    public async Task StreamingList_MarkedLate_SendsWhatChangesMeanwhileFirst()
    {
        await using var simulator = await StartAsync(new SimulatorOptions { InitialEventsEndAfter = TimeSpan.FromMilliseconds(300) });
        using var api = new ApiClient(simulator);
        simulator.Objects.Create(ConfigMap("a"));
        using var watch = await api.WatchAsync(ApiClient.ConfigMaps, StreamingList);
        await watch.NextAsync();
        simulator.Objects.Delete(ConfigMap("a"));

        Assert.Equal(["DELETED a", "BOOKMARK "], (await watch.TakeAsync(2)).Select(one => one.ToString()));
    }

    [Fact]
    public async Task ServerBehind_AnswersFromAnOlderState_UntilItCatchesUp()
    {
        await using var simulator = await StartAsync(new SimulatorOptions { Patience = TimeSpan.FromMilliseconds(50) });
        using var api = new ApiClient(simulator);
        simulator.Objects.Create(ConfigMap("a"));
        simulator.FallBehind();
        var old = simulator.Objects.ResourceVersion;
        simulator.Objects.Create(ConfigMap("b"));
        using var watch = await api.WatchAsync(ApiClient.ConfigMaps, "resourceVersion=0&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true");
        using var newest = await api.WatchAsync(ApiClient.ConfigMaps, StreamingList);
        var cached = await api.GetAsync(ApiClient.ConfigMaps + "?resourceVersion=0");
        var consistent = await api.GetAsync(ApiClient.ConfigMaps);
        var newer = await api.GetAsync(ApiClient.ConfigMaps + $"?resourceVersion={old + 1}");
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
        await using var ahead = await StartAsync();
        await using var behind = await ahead.StartAnotherAsync(ApiClient.Cancellation);
        using var api = new ApiClient(ahead);
        using var other = new ApiClient(behind);
        behind.FallBehind();
        ahead.Objects.Create(ConfigMap("a"));
        var seen = ahead.Objects.ResourceVersion;
        using var watch = await other.WatchAsync(ApiClient.ConfigMaps, $"resourceVersion={seen}");
        ahead.Objects.Create(ConfigMap("b"));
        using var current = await api.WatchAsync(ApiClient.ConfigMaps, $"resourceVersion={seen}");

        Assert.NotEqual(ahead.Url, behind.Url);
        Assert.Equal("ADDED b", (await current.NextAsync())!.ToString());
        Assert.True(behind.Requests.OpenWatches.Single().Bytes == 0);
        behind.CatchUp();
        Assert.Equal("ADDED b", (await watch.NextAsync())!.ToString());
    }

    private static Task<ApiServerSimulator> StartAsync(SimulatorOptions? options = null) => ApiServerSimulator.StartAsync(options, ApiClient.Cancellation);
}
