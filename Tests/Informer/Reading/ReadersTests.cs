using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Simulator;
using MetaCollector.Simulator.Objects;
using Xunit;
using static MetaCollector.Simulator.Objects.Kube;

namespace MetaCollector.Tests.Informer.Reading;

public sealed class ReadersTests
{
    [Theory]
    [InlineData(StreamingLists.Served)]
    [InlineData(StreamingLists.Refused)]
    [InlineData(StreamingLists.Failing)]
    [InlineData(StreamingLists.Ignored)]
    public async Task Readers_WhateverTheServerDoesWithStreamingLists_FeedEverythingAndThenEachChange(StreamingLists answer)
    {
        await using var api = await ApiServerSimulator.StartAsync(new SimulatorOptions { StreamingLists = answer });
        var (pod, _) = SmallCluster(api);
        var options = ReadingRig.Impatient;
        options.ListIdleTimeout = TimeSpan.FromSeconds(2);
        await using var rig = await ReadingRig.Over(api, options).InSyncAsync();

        api.Objects.Change(pod, one => one.Labelled(("tier", "front")));
        await rig.CaughtUpAsync();

        Assert.Equal("front", rig.Fed.Find(ResourceKind.Pod, "web-1-a")!.Labels.Find("tier"));
        Assert.Equal(1, rig.Fed.Changes.Count(change => change.Uid == Uid.Parse(pod.Uid)));
    }

    [Fact]
    public async Task Readers_WithStreamingLists_SendOneWatchPerKindAndNothingElse()
    {
        await using var api = await ApiServerSimulator.StartAsync();
        SmallCluster(api);
        await using var rig = await ReadingRig.Over(api).InSyncAsync();
        await rig.WatchingAsync();

        Assert.Equal(0, api.Requests.Count("list"));
        Assert.All(rig.Options.Wanted.Kinds(), kind => Assert.Equal(1, api.Requests.All.Count(IsOf(kind))));
        Assert.All(api.Requests.All, request => Assert.StartsWith("metacollector/", request.UserAgent, StringComparison.Ordinal));
        Assert.All(api.Requests.All, request => Assert.Contains("protobuf", request.ContentType, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Readers_WithPagedLists_SendOneListAndOneWatchPerKind()
    {
        await using var api = await ApiServerSimulator.StartAsync();
        SmallCluster(api);
        var options = ReadingRig.Impatient;
        options.UseStreamingLists = false;
        await using var rig = await ReadingRig.Over(api, options).InSyncAsync();
        await rig.WatchingAsync();

        Assert.All(rig.Options.Wanted.Kinds(), kind =>
        {
            Assert.Equal(1, api.Requests.All.Count(request => request.Verb == "list" && IsOf(kind)(request)));
            Assert.Equal(1, api.Requests.All.Count(request => request.Verb == "watch" && IsOf(kind)(request)));
        });
    }

    [Fact]
    public async Task Readers_ChangeOfWhatIsNotKept_FeedNothing()
    {
        await using var api = await ApiServerSimulator.StartAsync();
        var (pod, _) = SmallCluster(api);
        await using var rig = await ReadingRig.Over(api).InSyncAsync();

        api.Objects.Change(pod, one => one.Annotated(("note", "nobody reads this")));
        api.Objects.Change(pod, one => one.InPhase("Succeeded"));
        api.Objects.Create(Pod("last").On("node-b"));
        await rig.CaughtUpAsync();

        var change = Assert.Single(rig.Fed.Changes);
        Assert.Equal("last", change.Resource!.Name);
    }

    [Fact]
    public async Task Readers_ListOfManyPages_FeedsEveryObjectOnce()
    {
        await using var api = await ApiServerSimulator.StartAsync(new SimulatorOptions { StreamingLists = StreamingLists.Refused });
        for (var i = 0; i < 57; i++) api.Objects.Create(Pod($"pod-{i}").On($"node-{i % 5}"));
        var options = ReadingRig.Impatient;
        options.PageSize = 10;
        await using var rig = await ReadingRig.Over(api, options).InSyncAsync();

        Assert.Equal(57, rig.Status.Kinds.Single(kind => kind.Kind == ResourceKind.Pod).Objects);
        Assert.Equal(6, api.Requests.Count("list", "pods"));
    }

    [Fact]
    public async Task Readers_PagesThatExpireHalfWay_StartOver()
    {
        await using var api = await ApiServerSimulator.StartAsync(new SimulatorOptions { StreamingLists = StreamingLists.Refused });
        for (var i = 0; i < 30; i++) api.Objects.Create(Pod($"pod-{i}").On("node-a"));
        var left = 3;
        api.Faults.BetweenPages("pods", () =>
        {
            if (Interlocked.Decrement(ref left) < 0) return;
            api.Objects.Create(Pod($"late-{left}").On("node-a"));
            api.Compact();
        });
        var options = ReadingRig.Impatient;
        options.PageSize = 10;
        await using var rig = await ReadingRig.Over(api, options).InSyncAsync();

        Assert.True(rig.Status.Kinds.Single(kind => kind.Kind == ResourceKind.Pod).Objects > 30);
    }

    [Fact]
    public async Task Readers_OverTls_UseOneConnectionOfHttp2()
    {
        await using var api = await ApiServerSimulator.StartAsync(new SimulatorOptions { Https = true, Token = "secret" });
        SmallCluster(api);
        await using var rig = await ReadingRig.Over(api).InSyncAsync();

        await rig.AllWatchingAsync();
        Assert.Empty(rig.Log.Warnings);
    }

    [Fact]
    public async Task Readers_ExtraKinds_AreFedToo()
    {
        await using var api = await ApiServerSimulator.StartAsync();
        api.Objects.Create(StatefulSet("db").In("default"));
        api.Objects.Create(Job("once").In("default"));
        api.Objects.Create(CronJob("often").In("default"));
        var options = ReadingRig.Impatient;
        options.ExtraKinds = ResourceKinds.Extra;
        await using var rig = await ReadingRig.Over(api, options).InSyncAsync();

        Assert.NotNull(rig.Fed.Find(ResourceKind.StatefulSet, "db"));
        Assert.NotNull(rig.Fed.Find(ResourceKind.CronJob, "often"));
    }

    /// <summary>A bit of everything in the namespace default.</summary>
    internal static (KubernetesObject Pod, KubernetesObject Service) SmallCluster(ApiServerSimulator api)
    {
        var deployment = api.Objects.Create(Deployment("web").In("default"));
        var set = api.Objects.Create(ReplicaSet("web-1").In("default").OwnedBy(deployment));
        var pod = api.Objects.Create(Pod("web-1-a").On("node-a").Labelled(("app", "web")).WithIP("10.0.0.1").OwnedBy(set));
        api.Objects.Create(Pod("web-1-b").On("node-b").Labelled(("app", "web")).OwnedBy(set));
        api.Objects.Create(DaemonSet("agent").In("kube-system"));
        api.Objects.Create(ReplicationController("old").In("default"));
        var service = api.Objects.Create(Service("web").In("default").Selecting(("app", "web")));
        api.Objects.Create(EndpointSlice("web-own", "web").In("default").Targeting(pod));
        api.Objects.Create(EndpointSlice("web-theirs", "web").In("default").Targeting(pod).ManagedByController());
        return (pod, service);
    }

    private static Func<MetaCollector.Simulator.Traffic.RequestRecord, bool> IsOf(ResourceKind kind)
    {
        var plural = MetaCollector.Informer.Reading.KindEndpoint.Of(KindSet.Of(kind)).Single().Resource.Split('.')[0];
        return request => request.Resource == plural;
    }
}
