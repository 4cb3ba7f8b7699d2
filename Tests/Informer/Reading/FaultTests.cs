using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Informer;
using MetaCollector.Simulator;
using MetaCollector.Simulator.Resources;
using MetaCollector.Tests.Support;
using Xunit;
using static MetaCollector.Simulator.Objects.Kube;

namespace MetaCollector.Tests.Informer.Reading;

/// <summary>Whatever goes wrong on the way, what is fed ends up as what the API server holds.</summary>
public sealed class FaultTests
{
    [Fact]
    public async Task Watch_Cut_ResumesWhereItWasOnTheOneConnectionAndListsNothing()
    {
        await using var api = await StartAsync();
        ReadersTests.SmallCluster(api);
        await using var rig = await ReadingRig.Over(api).InSyncAsync();
        await rig.WatchingAsync();

        api.Faults.CutWatches();
        await RelabelEverythingAsync(rig);
        await rig.WatchingAsync();

        Assert.Equal("HTTP/2", Assert.Single(api.Requests.All.Select(request => request.Protocol).Distinct()));
        Assert.Single(api.Requests.All.Select(request => request.Connection).Distinct());
        Assert.Equal(rig.Options.Wanted.Kinds().Count(), api.Requests.All.Count(request => request.AsksForEverything));
    }

    [Fact]
    public async Task Watch_EndedByTheServer_Resumes()
    {
        await using var api = await StartAsync();
        ReadersTests.SmallCluster(api);
        await using var rig = await ReadingRig.Over(api).InSyncAsync();
        await rig.WatchingAsync();

        api.Faults.EndWatches();
        await RelabelEverythingAsync(rig);

        Assert.Empty(rig.Log.Warnings);
    }

    [Fact]
    public async Task StreamingList_WithChangesAndDeletionsBeforeItsEnd_IsReadAsItEnds()
    {
        await using var api = await StartAsync();
        ReadersTests.SmallCluster(api);
        var pods = api.Objects.List(ResourceTypes.Pods);
        api.Faults.BeforeInitialEventsEnd("pods", () =>
        {
            api.Faults.BeforeInitialEventsEnd("pods", null);
            api.Objects.Delete(pods[0]);
            api.Objects.Change(pods[1], pod => pod.Labelled(("late", "yes")));
        });

        await using var rig = await ReadingRig.Over(api).InSyncAsync();

        Assert.Equal(0, api.Requests.Count("list"));
        Assert.DoesNotContain(rig.Fed.Everything().Values, resource => resource.Uid.ToString() == pods[0].Uid);
        Assert.Equal(pods.Count - 1, rig.Fed.Everything().Values.Count(resource => resource.Kind == ResourceKind.Pod));
    }

    [Fact]
    public async Task Watch_Frozen_IsGivenUpAtTheIdleDeadlineAndItsKindListedByPages()
    {
        await using var api = await StartAsync(new SimulatorOptions { BookmarkInterval = TimeSpan.FromMilliseconds(200) });
        ReadersTests.SmallCluster(api);
        var options = ReadingRig.Impatient;
        options.WatchIdleTimeout = TimeSpan.FromSeconds(2);
        await using var rig = await ReadingRig.Over(api, options).InSyncAsync();
        await rig.WatchingAsync();

        api.Faults.FreezeWatches();
        await RelabelEverythingAsync(rig);

        Assert.True(api.Requests.Count("list") > 0, "a watch that fell silent was resumed");
        Assert.Single(rig.Log.Warnings, line => line.Contains("watches arrive late or not at all", StringComparison.Ordinal));
        Assert.Contains(rig.Status.Kinds, kind => kind.IsLate);

        await RelabelEverythingAsync(rig);
        await Eventually.HoldsAsync(() => !rig.Status.Kinds.Any(kind => kind.IsLate), "watches arrive again");
    }

    [Theory]
    [InlineData(GoneAnswer.InsideTheWatch)]
    [InlineData(GoneAnswer.AsStatusCode)]
    public async Task Watch_Expired_ListsAgainAndFeedsOnlyTheDifference(GoneAnswer answer)
    {
        await using var api = await StartAsync(new SimulatorOptions { GoneAnswer = answer });
        var (pod, service) = ReadersTests.SmallCluster(api);
        await using var rig = await ReadingRig.Over(api).InSyncAsync();
        await rig.WatchingAsync();

        // Nobody watches while things happen, and then the history is gone.
        await api.StopAsync();
        api.Objects.Delete(pod);
        api.Objects.Change(service, one => one.Labelled(("new", "yes")));
        var late = api.Objects.Create(Pod("late").On("node-a"));
        api.Compact();
        await api.ResumeAsync(cancellation: TestContext.Current.CancellationToken);
        await rig.CaughtUpAsync();

        Assert.Null(rig.Fed.Find(ResourceKind.Pod, "web-1-a"));
        Assert.Equal(
            new[] { pod.Uid, service.Uid, late.Uid }.Order(),
            rig.Fed.Changes.Select(change => change.Uid.ToString()).Order());
    }

    [Fact]
    public async Task Watch_ExpiredInTheMiddle_ListsAgainAndFeedsNothingTwice()
    {
        await using var api = await StartAsync();
        ReadersTests.SmallCluster(api);
        await using var rig = await ReadingRig.Over(api).InSyncAsync();
        await rig.WatchingAsync();

        api.Faults.ExpireWatches();
        await rig.WatchingAsync();
        api.Objects.Create(Pod("last").On("node-b"));
        await rig.CaughtUpAsync();

        Assert.Equal("last", Assert.Single(rig.Fed.Changes).Resource!.Name);
    }

    [Fact]
    public async Task Server_RestartedWithAnOlderState_IsReadAgainFromThere()
    {
        await using var api = await StartAsync(new SimulatorOptions { BookmarkInterval = TimeSpan.FromMilliseconds(200) });
        var (pod, service) = ReadersTests.SmallCluster(api);
        var backup = api.Objects.Snapshot();
        await using var rig = await ReadingRig.Over(api).InSyncAsync();
        for (var i = 0; i < 20; i++) api.Objects.Create(Pod($"lost-{i}").On("node-a"));
        api.Objects.Change(service, one => one.Labelled(("lost", "yes")));
        api.Objects.Delete(pod);
        await rig.CaughtUpAsync();

        await api.RestartAsync(state: backup, cancellation: TestContext.Current.CancellationToken);
        await rig.CaughtUpAsync();

        Assert.NotNull(rig.Fed.Find(ResourceKind.Pod, "web-1-a"));
        Assert.Null(rig.Fed.Find(ResourceKind.Pod, "lost-3"));
    }

    [Fact]
    public async Task Server_BackAtOnceWithAnOlderState_ThatGrowsPastTheNewer_IsReadAgainFromThere()
    {
        await using var api = await StartAsync();
        var (_, service) = ReadersTests.SmallCluster(api);
        var backup = api.Objects.Snapshot();
        await using var rig = await ReadingRig.Over(api).InSyncAsync();
        api.Objects.Change(service, one => one.Labelled(("lost", "yes")));
        await rig.CaughtUpAsync();

        await api.RestartAsync(state: backup, cancellation: TestContext.Current.CancellationToken);
        await rig.WatchingAsync();
        for (var i = 0; i < 20; i++) api.Objects.Create(Pod($"newer-{i}").On("node-a"));
        await rig.CaughtUpAsync();
    }

    [Fact]
    public async Task Server_AwayForAWhile_IsReportedOnceAndReadOn()
    {
        await using var api = await StartAsync();
        ReadersTests.SmallCluster(api);
        await using var rig = await ReadingRig.Over(api).InSyncAsync();
        await rig.WatchingAsync();

        await api.StopAsync();
        await Eventually.HoldsAsync(() => rig.Status.Trouble is not null, "the trouble shows");
        api.Objects.Create(Pod("meanwhile").On("node-a"));
        await api.ResumeAsync(cancellation: TestContext.Current.CancellationToken);
        await rig.CaughtUpAsync();
        await rig.WatchingAsync();

        await Eventually.HoldsAsync(
            () => rig.Status.Trouble is null && rig.Log.Lines.Any(line => line.Contains("answers again", StringComparison.Ordinal)),
            "the trouble is over");
        Assert.Single(rig.Log.Warnings, line => line.StartsWith("cannot reach the API server at https://127.0.0.1:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Server_NotThereAtFirst_BlocksUntilItIs()
    {
        await using var api = await StartAsync();
        ReadersTests.SmallCluster(api);
        await api.StopAsync();
        await using var rig = ReadingRig.Over(api);
        rig.Start();
        await Eventually.HoldsAsync(() => rig.Status.Trouble is not null, "the trouble shows");
        Assert.Equal(0, rig.Fed.Snapshots);
        Assert.True(rig.Store.Listed.IsEmpty);

        await api.ResumeAsync(cancellation: TestContext.Current.CancellationToken);
        await rig.Term.Synced.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        await rig.CaughtUpAsync();
    }

    [Fact]
    public async Task TooManyRequests_AreNotSentAgainBeforeTheServerWants()
    {
        await using var api = await StartAsync();
        ReadersTests.SmallCluster(api);
        api.Faults.Answer(429, times: 3, resource: "pods", retryAfterSeconds: 1);
        await using var rig = await ReadingRig.Over(api).InSyncAsync();

        var asked = api.Requests.All.Where(request => request.Resource == "pods").Select(request => request.Received).ToList();
        Assert.Equal(4, asked.Count);
        Assert.All(asked.Zip(asked.Skip(1)), pair => Assert.True(pair.Second - pair.First >= TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public async Task ServerErrors_AreWaitedOut()
    {
        await using var api = await StartAsync();
        ReadersTests.SmallCluster(api);
        api.Faults.Answer(500, times: 20);
        api.Faults.Answer(503, times: 10, resource: "services");
        await using var rig = await ReadingRig.Over(api).InSyncAsync();
        await rig.AllWatchingAsync();
    }

    [Fact]
    public async Task Pages_ServerBusyHalfWay_AreReadOnFromThere()
    {
        await using var api = await StartAsync(new SimulatorOptions { StreamingLists = StreamingLists.Refused });
        for (var i = 0; i < 30; i++) api.Objects.Create(Pod($"pod-{i}").On("node-a"));
        var left = 1;
        api.Requests.Received += request =>
        {
            if (request.Path.Contains("continue=", StringComparison.Ordinal) && Interlocked.Decrement(ref left) == 0)
                api.Faults.Answer(429, times: 1, resource: "pods", verb: "list", retryAfterSeconds: 1);
        };
        var options = ReadingRig.Impatient;
        options.PageSize = 10;
        await using var rig = await ReadingRig.Over(api, options).InSyncAsync();

        Assert.Single(api.Requests.All, request =>
            request is { Verb: "list", Resource: "pods" } && !request.Path.Contains("continue=", StringComparison.Ordinal));
        var pages = api.Requests.All.Where(request => request.Path.Contains("continue=", StringComparison.Ordinal)).Select(request => request.Received).ToList();
        Assert.Equal(3, pages.Count);
        Assert.True(pages[1] - pages[0] >= TimeSpan.FromSeconds(1), "the page was asked for again before the server wanted");
    }

    [Fact]
    public async Task Pages_ThatExpireHalfWayEachTime_AreReadInOne()
    {
        await using var api = await StartAsync(new SimulatorOptions { StreamingLists = StreamingLists.Refused });
        var pods = Enumerable.Range(0, 30).Select(i => api.Objects.Create(Pod($"pod-{i}").On("node-a"))).ToList();
        var changes = 0;
        api.Faults.BetweenPages("pods", () =>
        {
            api.Objects.Change(pods[0], pod => pod.Labelled(("change", $"{++changes}")));
            api.Compact();
        });
        var options = ReadingRig.Impatient;
        options.PageSize = 10;
        await using var rig = await ReadingRig.Over(api, options).InSyncAsync();

        Assert.Equal(3, api.Requests.All.Count(request =>
            request is { Verb: "list", Resource: "pods" } && !request.Path.Contains("continue=", StringComparison.Ordinal)));
        Assert.Equal(2, changes);
    }

    [Fact]
    public async Task Kind_ForbiddenForLessThanTheGrace_IsNeverUnknown()
    {
        await using var api = await StartAsync();
        ReadersTests.SmallCluster(api);
        var options = ReadingRig.Impatient;
        options.RefusalGrace = TimeSpan.FromMinutes(1);
        await using var rig = await ReadingRig.Over(api, options).InSyncAsync();
        await rig.WatchingAsync();

        foreach (var verb in (string[])["list", "watch"]) api.Access.Forbid(verb, "deployments");
        api.Faults.CutWatches("deployments");
        await Eventually.HoldsAsync(() => api.Requests.All.Count(request => request is { Resource: "deployments", Code: 403 }) >= 3, "it was refused three times");
        Assert.True(rig.Store.Listed.Contains(ResourceKind.Deployment));

        foreach (var verb in (string[])["list", "watch"]) api.Access.Allow(verb, "deployments");
        await rig.WatchingAsync();
        await rig.CaughtUpAsync();
        Assert.True(rig.Store.Listed.Contains(ResourceKind.Deployment));
    }

    [Fact]
    public async Task Kind_Forbidden_IsUnknownAndReadOnceItIsAllowed()
    {
        await using var api = await StartAsync();
        ReadersTests.SmallCluster(api);
        api.Access.Forbid("list", "replicasets");
        api.Access.Forbid("watch", "replicasets");
        await using var rig = await ReadingRig.Over(api).InSyncAsync();

        Assert.Equal(KindState.Unknown, rig.Status.Kinds.Single(kind => kind.Kind == ResourceKind.ReplicaSet).State);
        Assert.Null(rig.Fed.Find(ResourceKind.ReplicaSet, "web-1"));
        var line = Assert.Single(rig.Log.Warnings);
        Assert.Contains("list and watch replicasets.apps", line, StringComparison.Ordinal);
        Assert.Contains("grant the verbs", line, StringComparison.Ordinal);

        api.Access.Allow("list", "replicasets");
        api.Access.Allow("watch", "replicasets");
        await Eventually.HoldsAsync(() => rig.Store.Listed.Contains(ResourceKind.ReplicaSet), "ReplicaSets are listed");
        await rig.CaughtUpAsync();
        Assert.NotNull(rig.Fed.Find(ResourceKind.ReplicaSet, "web-1"));
    }

    [Fact]
    public async Task Kind_ForbiddenLater_BecomesUnknownAndTheGrainsKeepWhatTheyHold()
    {
        await using var api = await StartAsync();
        ReadersTests.SmallCluster(api);
        await using var rig = await ReadingRig.Over(api).InSyncAsync();
        await rig.WatchingAsync();

        api.Access.Forbid("list", "deployments");
        api.Access.Forbid("watch", "deployments");
        api.Faults.CutWatches("deployments");
        await Eventually.HoldsAsync(() => !rig.Store.Listed.Contains(ResourceKind.Deployment), "Deployments are unknown");
        api.Objects.Create(Pod("after").On("node-a"));
        await Eventually.HoldsAsync(() => rig.Fed.Find(ResourceKind.Pod, "after") is not null, "the others are still fed");

        Assert.NotNull(rig.Fed.Find(ResourceKind.Deployment, "web"));
    }

    [Fact]
    public async Task Credentials_Rotated_AreReadAnew()
    {
        await using var api = await StartAsync(new SimulatorOptions { Token = "first" });
        ReadersTests.SmallCluster(api);
        await using var rig = await ReadingRig.Over(api).InSyncAsync();
        await rig.WatchingAsync();

        api.Access.AddToken("second", "collector");
        api.Access.RemoveToken("first");
        rig.Kubeconfig = api.Kubeconfig.Replace("first", "second", StringComparison.Ordinal);
        api.Faults.CutWatches();
        await RelabelEverythingAsync(rig);

        await rig.WatchingAsync();
        Assert.Null(rig.Status.Trouble);
        Assert.Empty(rig.Log.Warnings);
    }

    [Fact]
    public async Task Storm_OfEverything_EndsInSync()
    {
        await using var api = await StartAsync(new SimulatorOptions { BookmarkInterval = TimeSpan.FromMilliseconds(200), History = 200 });
        ReadersTests.SmallCluster(api);
        var options = ReadingRig.Impatient;
        options.WatchIdleTimeout = TimeSpan.FromSeconds(2);
        await using var rig = await ReadingRig.Over(api, options).InSyncAsync();

        var random = new Random(4711);
        for (var step = 0; step < 60; step++)
        {
            var pod = api.Objects.Create(Pod($"storm-{step}").On($"node-{step % 3}"));
            switch (random.Next(8))
            {
                case 0: api.Faults.CutWatches(); break;
                case 1: api.Faults.ExpireWatches("pods"); break;
                case 2: api.Compact(); break;
                case 3: api.Faults.Answer(429, times: 2, retryAfterSeconds: 1); break;
                case 4: api.Faults.Answer(500, times: 3); break;
                case 5: api.Faults.FreezeWatches("pods"); break;
                case 6: await api.RestartAsync(cancellation: TestContext.Current.CancellationToken); break;
                default: api.Objects.Delete(pod); break;
            }

            if (step % 10 == 9) await rig.CaughtUpAsync();
        }

        await rig.CaughtUpAsync();
    }

    // As in production.
    private static Task<ApiServerSimulator> StartAsync(SimulatorOptions? options = null) =>
        ApiServerSimulator.StartAsync((options ?? new SimulatorOptions()) with { Https = true });

    private static async Task RelabelEverythingAsync(ReadingRig rig)
    {
        var turn = $"{rig.Api.Objects.ResourceVersion}";
        foreach (var one in ResourceTypes.All.SelectMany(type => rig.Api.Objects.List(type)).Where(one => one.Namespace == "default"))
            rig.Api.Objects.Change(one, current => current.Labelled(("changed", turn)));
        await rig.CaughtUpAsync();
    }
}
