using System.Globalization;
using MetaCollector.Simulator;
using Xunit;
using static MetaCollector.Simulator.Objects.Kube;

namespace MetaCollector.Tests.Simulator.Watches;

/// <summary>Where watches begin, what they send, and how they end.</summary>
public sealed class WatchTests
{
    [Fact]
    public async Task FromAVersion_SendsWhatCameAfterIt()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: ApiClient.Cancellation);
        using var api = new ApiClient(simulator);
        simulator.Objects.Create(ConfigMap("old"));
        var version = simulator.Objects.ResourceVersion;
        simulator.Objects.Create(ConfigMap("a"));
        simulator.Objects.Change(ConfigMap("a"), one => one.Labelled(("x", "1")));
        using var watch = await api.WatchAsync(ApiClient.ConfigMaps, $"resourceVersion={version}");
        simulator.Objects.Delete(ConfigMap("a"));
        var events = await watch.TakeAsync(3);

        Assert.Equal(["ADDED a", "MODIFIED a", "DELETED a"], events.Select(one => one.ToString()));
        Assert.Equal([version + 1, version + 2, version + 3], events.Select(one => long.Parse(one.Version!, CultureInfo.InvariantCulture)));
        Assert.Equal("1", events[2].Label("x"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("resourceVersion=0")]
    public async Task FromNowhere_SendsWhatIsThereFirst(string query)
    {
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: ApiClient.Cancellation);
        using var api = new ApiClient(simulator);
        simulator.Objects.Create(ConfigMap("b"));
        simulator.Objects.Create(ConfigMap("a"));
        using var watch = await api.WatchAsync(ApiClient.ConfigMaps, query);
        var first = await watch.TakeAsync(2);
        simulator.Objects.Create(ConfigMap("c"));

        Assert.Equal(["ADDED a", "ADDED b"], first.Select(one => one.ToString()));
        Assert.Equal("ADDED c", (await watch.NextAsync())!.ToString());
    }

    [Fact]
    public async Task StreamingList_EndsWithItsMark()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: ApiClient.Cancellation);
        using var api = new ApiClient(simulator);
        simulator.Objects.Create(ConfigMap("a"));
        var version = simulator.Objects.ResourceVersion;
        using var watch = await api.WatchAsync(ApiClient.ConfigMaps, "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true");
        var events = await watch.TakeAsync(2);
        simulator.Objects.Create(ConfigMap("b"));

        Assert.Equal(["ADDED", "BOOKMARK"], events.Select(one => one.Type));
        Assert.Equal("true", events[1].Object.At("metadata", "annotations", "k8s.io/initial-events-end")!.Text);
        Assert.Equal("ConfigMap", events[1].Object["kind"]!.Text);
        Assert.Equal(version.ToString(CultureInfo.InvariantCulture), events[1].Version);
        Assert.Equal("ADDED b", (await watch.NextAsync())!.ToString());
    }

    [Fact]
    public async Task StreamingList_SwitchedOff_IsRefusedOrIgnored()
    {
        const string Query = "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
        await using var refusing = await ApiServerSimulator.StartAsync(new SimulatorOptions { StreamingLists = StreamingLists.Refused }, ApiClient.Cancellation);
        await using var ignoring = await ApiServerSimulator.StartAsync(new SimulatorOptions { StreamingLists = StreamingLists.Ignored }, ApiClient.Cancellation);
        using var refused = new ApiClient(refusing);
        using var ignored = new ApiClient(ignoring);
        ignoring.Objects.Create(ConfigMap("a"));
        var answer = await refused.GetAsync($"{ApiClient.ConfigMaps}?watch=true&{Query}");
        using var watch = await ignored.WatchAsync(ApiClient.ConfigMaps, Query + "&timeoutSeconds=1");

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
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: ApiClient.Cancellation);
        using var api = new ApiClient(simulator);
        var answer = await api.GetAsync($"{ApiClient.ConfigMaps}?watch=true&{query}");

        Assert.Equal((422, "Invalid"), (answer.Code, answer.Reason));
    }

    [Fact]
    public async Task Bookmarks_ComeAtTheirInterval_WithTheNewestVersion()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(new SimulatorOptions { BookmarkInterval = TimeSpan.FromMilliseconds(50) }, ApiClient.Cancellation);
        using var api = new ApiClient(simulator);
        var version = simulator.Objects.ResourceVersion;
        using var watch = await api.WatchAsync(ApiClient.Pods, $"resourceVersion={version}&allowWatchBookmarks=true");
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
    public async Task Bookmarks_NotAskedFor_DoNotCome()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(new SimulatorOptions { BookmarkInterval = TimeSpan.FromMilliseconds(20) }, ApiClient.Cancellation);
        using var api = new ApiClient(simulator);
        using var watch = await api.WatchAsync(ApiClient.Pods, $"resourceVersion={simulator.Objects.ResourceVersion}&timeoutSeconds=1");

        Assert.Null(await watch.NextAsync());
    }

    [Fact]
    public async Task Object_ThatCeasesToMatch_IsDeletedInItsLastMatchingState()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: ApiClient.Cancellation);
        using var api = new ApiClient(simulator);
        using var watch = await api.WatchAsync(ApiClient.ConfigMaps, "labelSelector=x=1");
        simulator.Objects.Create(ConfigMap("other").Labelled(("x", "2")));
        var version = simulator.Objects.ResourceVersion;
        simulator.Objects.Create(ConfigMap("s").Labelled(("x", "1")));
        simulator.Objects.Change(ConfigMap("s"), one => one.Labelled(("x", "2")));
        simulator.Objects.Change(ConfigMap("s"), one => one.Labelled(("y", "2")));
        simulator.Objects.Change(ConfigMap("s"), one => one.Labelled(("x", "1")));
        simulator.Objects.Delete(ConfigMap("s"));
        var events = await watch.TakeAsync(4);

        Assert.Equal(["ADDED s", "DELETED s", "ADDED s", "DELETED s"], events.Select(one => one.ToString()));
        Assert.Equal(["1", "1", "1", "1"], events.Select(one => one.Label("x")));
        Assert.Equal([1, 2, 4, 5], events.Select(one => long.Parse(one.Version!, CultureInfo.InvariantCulture) - version));
    }

    [Fact]
    public async Task Field_ThatBeginsToMatch_Adds()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: ApiClient.Cancellation);
        using var api = new ApiClient(simulator);
        using var watch = await api.WatchAsync("/api/v1/pods", "fieldSelector=spec.nodeName=n1,status.phase!=Failed");
        simulator.Objects.Create(Pod("p"));
        simulator.Objects.Change(Pod("p"), one => one.On("n1"));
        simulator.Objects.Change(Pod("p"), one => one.InPhase("Failed"));

        Assert.Equal(["ADDED p", "DELETED p"], (await watch.TakeAsync(2)).Select(one => one.ToString()));
    }

    [Fact]
    public async Task FromAForgottenVersion_IsTold410()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: ApiClient.Cancellation);
        await using var direct = await ApiServerSimulator.StartAsync(new SimulatorOptions { GoneAnswer = GoneAnswer.AsStatusCode }, ApiClient.Cancellation);
        using var api = new ApiClient(simulator);
        using var directApi = new ApiClient(direct);
        using var watch = await api.WatchAsync(ApiClient.ConfigMaps, "resourceVersion=1");
        var error = await watch.NextAsync();
        var answer = await directApi.GetAsync(ApiClient.ConfigMaps + "?watch=true&resourceVersion=1");

        Assert.Equal(200, watch.Code);
        Assert.Equal(("ERROR", "Status", "Expired", "410"), (error!.Type, error.Object["kind"]!.Text, error.Object["reason"]!.Text, error.Object["code"]!.ToString()));
        Assert.StartsWith("too old resource version: 1 (", error.Object["message"]!.Text, StringComparison.Ordinal);
        Assert.Null(await watch.NextAsync());
        Assert.Equal((410, "Expired"), (answer.Code, answer.Reason));
    }

    [Fact]
    public async Task History_IsBounded()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(new SimulatorOptions { History = 5 }, ApiClient.Cancellation);
        using var api = new ApiClient(simulator);
        var start = simulator.Objects.ResourceVersion;
        for (var i = 0; i < 6; i++)
        {
            simulator.Objects.Create(ConfigMap($"a{i}"));
        }

        using var tooOld = await api.WatchAsync(ApiClient.ConfigMaps, $"resourceVersion={start}");
        using var oldest = await api.WatchAsync(ApiClient.ConfigMaps, $"resourceVersion={start + 1}");

        Assert.Equal("ERROR", (await tooOld.NextAsync())!.Type);
        Assert.Equal("ADDED a1", (await oldest.NextAsync())!.ToString());
    }

    [Fact]
    public async Task StreamingList_OfTheFuture_IsToldInside()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(new SimulatorOptions { Patience = TimeSpan.FromMilliseconds(50) }, ApiClient.Cancellation);
        using var api = new ApiClient(simulator);
        using var watch = await api.WatchAsync(
            ApiClient.ConfigMaps, "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&resourceVersion=999999");
        var error = await watch.NextAsync();

        Assert.Equal(("ERROR", "504"), (error!.Type, error.Object["code"]!.ToString()));
    }

    [Fact]
    public async Task Timeout_EndsTheWatchInPeace()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: ApiClient.Cancellation);
        using var api = new ApiClient(simulator);
        using var watch = await api.WatchAsync(ApiClient.ConfigMaps, "timeoutSeconds=1");

        Assert.Null(await watch.NextAsync());
    }

    [Fact]
    public async Task SlowReader_HoldsUpNobody_AndIsEndedWithoutAWord()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(new SimulatorOptions { History = 64 }, ApiClient.Cancellation);
        using var api = new ApiClient(simulator);
        simulator.Objects.Create(ConfigMap("a"));
        using var slow = await api.WatchAsync(ApiClient.ConfigMaps, $"resourceVersion={simulator.Objects.ResourceVersion}");
        var big = new string('x', 100_000);
        for (var i = 0; i < 1000; i++)
        {
            simulator.Objects.Change(ConfigMap("a"), one => one.WithData(("k", big), ("n", i.ToString(CultureInfo.InvariantCulture))));
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
    public async Task SingleObject_ByPathAndWatch_IsTheOnlyOne()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: ApiClient.Cancellation);
        using var api = new ApiClient(simulator);
        simulator.Objects.Create(ConfigMap("a"));
        simulator.Objects.Create(ConfigMap("b"));
        using var watch = await api.WatchAsync(ApiClient.ConfigMaps + "/b", "timeoutSeconds=1");

        Assert.Equal(["ADDED b"], (await watch.TakeAsync(5)).Select(one => one.ToString()));
    }
}
