using System.Globalization;
using MetaCollector.Simulator;
using MetaCollector.Tests.Support;
using Xunit;
using static MetaCollector.Simulator.Objects.Kube;

namespace MetaCollector.Tests.Simulator.Watches;

/// <summary>Where watches begin, what they send, and how they end.</summary>
public sealed class WatchTests
{
    private const string StreamingList = "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";

    [Fact]
    public async Task FromAVersion_SendsWhatCameAfterIt()
    {
        await using var server = await AnyServer.StartAsync();
        var old = await server.CreateAsync(Lease("old"));
        var added = await server.CreateAsync(Lease("a"));
        var changed = await server.ChangeAsync(added, one => one.Labelled(("x", "1")));
        using var watch = await server.Api.WatchAsync(server.Leases, $"resourceVersion={old.ResourceVersion}");
        await server.DeleteAsync(added);
        var events = await watch.TakeAsync(3);

        Assert.Equal(["ADDED a", "MODIFIED a", "DELETED a"], events.Select(one => one.ToString()));
        Assert.Equal([added.ResourceVersion, changed.ResourceVersion], events.Take(2).Select(one => one.Number));
        Assert.True(events[2].Number > changed.ResourceVersion, "a deletion has a version of its own");
        Assert.Equal("1", events[2].Label("x"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("resourceVersion=0")]
    public async Task FromNowhere_SendsWhatIsThereFirst(string query)
    {
        await using var server = await AnyServer.StartAsync();
        await server.CreateAsync(Lease("b"));
        await server.CreateAsync(Lease("a"));
        using var watch = await server.Api.WatchAsync(server.Leases, query);
        var first = await watch.TakeAsync(2);
        await server.CreateAsync(Lease("c"));

        Assert.Equal(["ADDED a", "ADDED b"], first.Select(one => one.ToString()));
        Assert.Equal("ADDED c", (await watch.NextAsync())!.ToString());
    }

    [Fact]
    public async Task StreamingList_EndsWithItsMark()
    {
        await using var server = await AnyServer.StartAsync();
        var there = await server.CreateAsync(ConfigMap("a").Labelled(("only", "this")));
        using var watch = await server.Api.WatchAsync(server.ConfigMaps, StreamingList + "&labelSelector=only");
        var events = await watch.TakeAsync(2);
        await server.CreateAsync(ConfigMap("b").Labelled(("only", "this")));

        Assert.Equal(["ADDED", "BOOKMARK"], events.Select(one => one.Type));
        Assert.Equal("true", events[1].Object.At("metadata", "annotations", "k8s.io/initial-events-end")!.Text);
        Assert.Equal("ConfigMap", events[1].Object["kind"]!.Text);
        Assert.True(events[1].Number >= there.ResourceVersion, $"{events[1].Number} < {there.ResourceVersion}");
        Assert.Equal("ADDED b", (await watch.NextAsync())!.ToString());
    }

    [Fact]
    public async Task StreamingList_SwitchedOff_IsRefusedOrIgnored()
    {
        AnyServer.NeedsSimulator("can be without streaming lists");
        await using var refusing = await ApiServerSimulator.StartAsync(new SimulatorOptions { StreamingLists = StreamingLists.Refused }, RawClient.Cancellation);
        await using var ignoring = await ApiServerSimulator.StartAsync(new SimulatorOptions { StreamingLists = StreamingLists.Ignored }, RawClient.Cancellation);
        using var refused = new RawClient(refusing);
        using var ignored = new RawClient(ignoring);
        ignoring.Objects.Create(ConfigMap("a"));
        var answer = await refused.GetAsync($"{RawClient.ConfigMaps}?watch=true&{StreamingList}");
        using var watch = await ignored.WatchAsync(RawClient.ConfigMaps, StreamingList + "&timeoutSeconds=1");

        Assert.Equal((422, "Invalid"), (answer.Code, answer.Reason));
        Assert.Contains("sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled", answer.Message, StringComparison.Ordinal);
        Assert.Equal("ADDED a", (await watch.NextAsync())!.ToString());
        Assert.Null(await watch.NextAsync());
    }

    [Theory]
    [InlineData("sendInitialEvents=true")]
    [InlineData("resourceVersionMatch=NotOlderThan&resourceVersion=5")]
    [InlineData("sendInitialEvents=true&resourceVersionMatch=Exact")]
    public async Task Query_ThatContradictsItself_IsRefused(string query)
    {
        await using var server = await AnyServer.StartAsync();
        var answer = await server.Api.GetAsync($"{server.ConfigMaps}?watch=true&{query}");

        Assert.Equal((422, "Invalid"), (answer.Code, answer.Reason));
    }

    [Fact]
    public async Task Bookmarks_ComeAtTheirInterval_WithTheNewestVersion()
    {
        AnyServer.NeedsSimulator("has bookmarks of another interval");
        await using var simulator = await ApiServerSimulator.StartAsync(new SimulatorOptions { BookmarkInterval = TimeSpan.FromMilliseconds(50) }, RawClient.Cancellation);
        using var api = new RawClient(simulator);
        var version = simulator.Objects.ResourceVersion;
        using var watch = await api.WatchAsync(RawClient.Pods, $"resourceVersion={version}&allowWatchBookmarks=true");
        simulator.Objects.Create(ConfigMap("a"));
        var first = await watch.NextAsync();
        simulator.Objects.Create(ConfigMap("b"));
        var second = await watch.NextAsync();
        while (second!.Version == first!.Version)
        {
            second = await watch.NextAsync();
        }

        Assert.Equal(["BOOKMARK", "BOOKMARK"], [first.Type, second.Type]);
        Assert.Equal((version + 1).ToString(CultureInfo.InvariantCulture), first.Version);
        Assert.Equal((version + 2).ToString(CultureInfo.InvariantCulture), second.Version);
    }

    [Fact]
    public async Task Bookmark_ComesTwoSecondsBeforeTheEnd()
    {
        await using var server = await AnyServer.StartAsync();
        var there = await server.CreateAsync(Lease("a"));
        using var watch = await server.Api.WatchAsync(server.Leases, $"resourceVersion={there.ResourceVersion}&allowWatchBookmarks=true&timeoutSeconds=4");
        var changed = await server.ChangeAsync(there, one => one.Labelled(("x", "1")));
        var events = await watch.TakeAsync(2);

        Assert.Equal(["MODIFIED a", "BOOKMARK "], events.Select(one => one.ToString()));
        Assert.True(events[1].Number >= changed.ResourceVersion, "a bookmark is of now");
        Assert.Null(await watch.NextAsync());
    }

    [Fact]
    public async Task Bookmarks_NotAskedFor_DoNotCome()
    {
        await using var server = await AnyServer.StartAsync(new SimulatorOptions { BookmarkInterval = TimeSpan.FromMilliseconds(20) });
        using var watch = await server.Api.WatchAsync(server.Leases, $"resourceVersion={await server.VersionAsync()}&timeoutSeconds=3");

        Assert.Null(await watch.NextAsync());
    }

    [Fact]
    public async Task Object_ThatCeasesToMatch_IsDeletedInItsLastMatchingState()
    {
        await using var server = await AnyServer.StartAsync();
        using var watch = await server.Api.WatchAsync(server.Leases, "labelSelector=x=1");
        await server.CreateAsync(Lease("other").Labelled(("x", "2")));
        var added = await server.CreateAsync(Lease("s").Labelled(("x", "1")));
        var left = await server.ChangeAsync(added, one => one.Labelled(("x", "2")));
        await server.ChangeAsync(added, one => one.Labelled(("y", "2")));
        var back = await server.ChangeAsync(added, one => one.Labelled(("x", "1")));
        await server.DeleteAsync(added);
        var events = await watch.TakeAsync(4);

        Assert.Equal(["ADDED s", "DELETED s", "ADDED s", "DELETED s"], events.Select(one => one.ToString()));
        Assert.Equal(["1", "1", "1", "1"], events.Select(one => one.Label("x")));
        Assert.Equal([added.ResourceVersion, left.ResourceVersion, back.ResourceVersion], events.Take(3).Select(one => one.Number));
        Assert.True(events[3].Number > back.ResourceVersion, "a deletion has a version of its own");
    }

    [Fact]
    public async Task Field_ThatBeginsToMatch_Adds()
    {
        await using var server = await AnyServer.StartAsync();
        using var watch = await server.Api.WatchAsync(server.Pods, "fieldSelector=spec.nodeName=n1,status.phase!=Failed");
        var pod = await server.CreateAsync(Pod("p").Unscheduled());
        await server.BindAsync(pod, "n1");
        await server.ChangeAsync(pod, one => one.InPhase("Failed"));

        Assert.Equal(["ADDED p", "DELETED p"], (await watch.TakeAsync(2)).Select(one => one.ToString()));
    }

    [Fact]
    public async Task FromAForgottenVersion_IsTold410()
    {
        await using var server = await AnyServer.StartAsync();
        using var watch = await server.Api.WatchAsync(server.Leases, "resourceVersion=1&timeoutSeconds=5");
        var error = await watch.NextAsync();
        AnyServer.NeedsHistoryForgotten(isKnown: error is null);

        Assert.Equal(200, watch.Code);
        Assert.Equal(("ERROR", "Status", "Expired", "410"), (error!.Type, error.Object["kind"]!.Text, error.Object["reason"]!.Text, error.Object["code"]!.ToString()));
        Assert.StartsWith("too old resource version: 1 (", error.Object["message"]!.Text, StringComparison.Ordinal);
        Assert.Null(await watch.NextAsync());
    }

    [Fact]
    public async Task FromAForgottenVersion_MayBeToldAtOnce()
    {
        AnyServer.NeedsSimulator("can say so by a status code");
        await using var simulator = await ApiServerSimulator.StartAsync(new SimulatorOptions { GoneAnswer = GoneAnswer.AsStatusCode }, RawClient.Cancellation);
        using var api = new RawClient(simulator);
        var answer = await api.GetAsync(RawClient.ConfigMaps + "?watch=true&resourceVersion=1");

        Assert.Equal((410, "Expired"), (answer.Code, answer.Reason));
    }

    [Fact]
    public async Task History_IsBounded()
    {
        AnyServer.NeedsSimulator("has a history of a length that can be said");
        await using var simulator = await ApiServerSimulator.StartAsync(new SimulatorOptions { History = 5 }, RawClient.Cancellation);
        using var api = new RawClient(simulator);
        var start = simulator.Objects.ResourceVersion;
        for (var i = 0; i < 6; i++)
        {
            simulator.Objects.Create(ConfigMap($"a{i}"));
        }

        using var tooOld = await api.WatchAsync(RawClient.ConfigMaps, $"resourceVersion={start}");
        using var oldest = await api.WatchAsync(RawClient.ConfigMaps, $"resourceVersion={start + 1}");

        Assert.Equal("ERROR", (await tooOld.NextAsync())!.Type);
        Assert.Equal("ADDED a1", (await oldest.NextAsync())!.ToString());
    }

    [Fact]
    public async Task StreamingList_OfTheFuture_IsToldInside()
    {
        await using var server = await AnyServer.StartAsync(new SimulatorOptions { Patience = TimeSpan.FromMilliseconds(50) });
        using var watch = await server.Api.WatchAsync(server.Leases, $"{StreamingList}&resourceVersion={await server.VersionAsync() + 1_000_000}");
        var error = await watch.NextAsync();

        Assert.Equal(("ERROR", "504"), (error!.Type, error.Object["code"]!.ToString()));
    }

    [Fact]
    public async Task Timeout_EndsTheWatchInPeace()
    {
        await using var server = await AnyServer.StartAsync();
        using var watch = await server.Api.WatchAsync(server.Leases, "timeoutSeconds=1");

        Assert.Null(await watch.NextAsync());
    }

    [Fact]
    public async Task SlowReader_HoldsUpNobody_AndIsEndedWithoutAWord()
    {
        await using var server = await AnyServer.StartAsync(new SimulatorOptions { History = 64 });
        var there = await server.CreateAsync(Lease("a"));
        using var slow = await server.Api.WatchAsync(server.Leases, $"resourceVersion={there.ResourceVersion}");
        var big = new string('x', 100_000);
        for (var i = 0; i < 1000; i++)
        {
            await server.Api.MergeAsync(server.PathOf(there), $$$$"""{"metadata":{"annotations":{"k":"{{{{big}}}}","n":"{{{{i}}}}"}}}""");
        }

        var seen = 0;
        string? last = null;
        while (await slow.NextAsync() is { } one)
        {
            seen++;
            last = one.Type;
        }

        Assert.Equal("MODIFIED", last);
        Assert.InRange(seen, 1, 999);
    }

    [Fact]
    public async Task SingleObject_Watched_IsAnsweredAsItStands()
    {
        await using var server = await AnyServer.StartAsync();
        await server.CreateAsync(Lease("a"));
        var answer = await server.Api.GetAsync(server.Leases + "/a?watch=true");

        Assert.Equal((200, "Lease"), (answer.Code, answer.Json["kind"]!.Text));
    }
}
