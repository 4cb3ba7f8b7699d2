using MetaCollector.Simulator;
using MetaCollector.Simulator.Api;
using MetaCollector.Simulator.Resources;
using Xunit;
using static MetaCollector.Simulator.Objects.Kube;

namespace MetaCollector.Tests.Simulator.Api;

/// <summary>Deletion: grace, finalizers, preconditions, namespaces, owners.</summary>
public sealed class DeletionTests
{
    [Fact]
    public async Task Pod_OnANode_IsMarkedThenStopped()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: ApiClient.Cancellation);
        using var api = new ApiClient(simulator);
        simulator.Objects.Create(Pod("p").On("n"));
        using var watch = await api.WatchAsync(ApiClient.Pods, "resourceVersion=0");
        var answer = await api.SendAsync("DELETE", ApiClient.Pods + "/p");
        var events = await watch.TakeAsync(3);

        Assert.Equal(200, answer.Code);
        Assert.Equal("30", answer.Json.At("metadata", "deletionGracePeriodSeconds")!.ToString());
        Assert.Equal(["ADDED p", "MODIFIED p", "DELETED p"], events.Select(one => one.ToString()));
        Assert.NotNull(events[1].Object.At("metadata", "deletionTimestamp")?.Text);
        Assert.Equal("2", events[1].Object.At("metadata", "generation")!.ToString());
        Assert.True(int.Parse(events[2].Version!, null) > int.Parse(events[1].Version!, null));
    }

    [Fact]
    public async Task Pod_WithoutANodeOrGrace_IsGoneAtOnce()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(new SimulatorOptions { PodStopTime = null }, ApiClient.Cancellation);
        using var api = new ApiClient(simulator);
        simulator.Objects.Create(Pod("pending"));
        simulator.Objects.Create(Pod("bound").On("n"));
        simulator.Objects.Create(Pod("kept").On("n"));
        await api.SendAsync("DELETE", ApiClient.Pods + "/pending");
        await api.SendAsync("DELETE", ApiClient.Pods + "/bound", """{"kind":"DeleteOptions","apiVersion":"v1","gracePeriodSeconds":0}""");
        await api.SendAsync("DELETE", ApiClient.Pods + "/kept");

        Assert.Equal(["kept"], (await api.GetAsync(ApiClient.Pods)).Names);
    }

    [Fact]
    public async Task Finalizers_HoldTheObject_UntilTheLastIsGone()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: ApiClient.Cancellation);
        using var api = new ApiClient(simulator);
        await api.PostAsync(ApiClient.ConfigMaps, """{"metadata":{"name":"a","finalizers":["a.b/c"]}}""");
        using var watch = await api.WatchAsync(ApiClient.ConfigMaps, "resourceVersion=0");
        await api.SendAsync("DELETE", ApiClient.ConfigMaps + "/a");
        await api.MergeAsync(ApiClient.ConfigMaps + "/a", """{"metadata":{"finalizers":null}}""");
        var events = await watch.TakeAsync(3);

        Assert.Equal(["ADDED a", "MODIFIED a", "DELETED a"], events.Select(one => one.ToString()));
        Assert.NotNull(events[2].Object.At("metadata", "finalizers"));
        Assert.Equal(404, (await api.GetAsync(ApiClient.ConfigMaps + "/a")).Code);
    }

    [Fact]
    public async Task Delete_AnswersWithWhatWasDeleted()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: ApiClient.Cancellation);
        using var api = new ApiClient(simulator);
        var created = await api.PostAsync(ApiClient.ConfigMaps, """{"metadata":{"name":"a"}}""");
        var deleted = await api.SendAsync("DELETE", ApiClient.ConfigMaps + "/a");

        Assert.Equal("Success", deleted.Json["status"]!.Text);
        Assert.Equal(created.Json.At("metadata", "uid")!.Text, deleted.Json.At("details", "uid")!.Text);
        Assert.Equal((404, "configmaps \"a\" not found"), ((await api.SendAsync("DELETE", ApiClient.ConfigMaps + "/a")).Code, (await api.SendAsync("DELETE", ApiClient.ConfigMaps + "/a")).Message));
    }

    [Theory]
    [InlineData("""{"preconditions":{"uid":"x"}}""")]
    [InlineData("""{"preconditions":{"resourceVersion":"1"}}""")]
    public async Task Delete_WithWrongPrecondition_Conflicts(string options)
    {
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: ApiClient.Cancellation);
        using var api = new ApiClient(simulator);
        await api.PostAsync(ApiClient.ConfigMaps, """{"metadata":{"name":"a"}}""");
        var answer = await api.SendAsync("DELETE", ApiClient.ConfigMaps + "/a", options);

        Assert.Equal((409, "Conflict"), (answer.Code, answer.Reason));
        Assert.Equal(200, (await api.GetAsync(ApiClient.ConfigMaps + "/a")).Code);
    }

    [Fact]
    public async Task Namespace_Deleted_TakesItsContentAlong()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(new SimulatorOptions { PodStopTime = TimeSpan.FromMilliseconds(500) }, ApiClient.Cancellation);
        using var api = new ApiClient(simulator);
        simulator.Objects.Create(Namespace("shop"));
        simulator.Objects.Create(Pod("p").In("shop").On("n"));
        simulator.Objects.Create(ConfigMap("c").In("shop"));
        using var watch = await api.WatchAsync("/api/v1/namespaces", "fieldSelector=metadata.name=shop");
        var answer = await api.SendAsync("DELETE", "/api/v1/namespaces/shop");
        var late = await api.PostAsync("/api/v1/namespaces/shop/configmaps", """{"metadata":{"name":"late"}}""");
        var events = await watch.TakeAsync(4);

        Assert.Equal("Terminating", answer.Json.At("status", "phase")!.Text);
        Assert.Equal((403, "configmaps \"late\" is forbidden: unable to create new content in namespace shop because it is being terminated"), (late.Code, late.Message));
        Assert.Equal(["ADDED shop", "MODIFIED shop", "MODIFIED shop", "DELETED shop"], events.Select(one => one.ToString()));
        Assert.Empty(simulator.Objects.List(ResourceTypes.Pods, "shop"));
        Assert.Empty(simulator.Objects.List(ResourceTypes.ConfigMaps, "shop"));
    }

    [Fact]
    public async Task Dependents_WithGarbageCollection_FollowTheirOwner()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(new SimulatorOptions { GarbageCollection = true }, ApiClient.Cancellation);
        using var api = new ApiClient(simulator);
        var deployment = simulator.Objects.Create(Deployment("d"));
        var set = simulator.Objects.Create(ReplicaSet("d-1").OwnedBy(deployment));
        simulator.Objects.Create(Pod("d-1-a").OwnedBy(set));
        using var watch = await api.WatchAsync(ApiClient.Pods, "resourceVersion=0");
        await api.SendAsync("DELETE", "/apis/apps/v1/namespaces/default/deployments/d");

        Assert.Equal(["ADDED d-1-a", "DELETED d-1-a"], (await watch.TakeAsync(2)).Select(one => one.ToString()));
        Assert.Null(simulator.Objects.Get(set));
    }

    [Fact]
    public async Task Dependents_Orphaned_LoseTheirOwner()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(new SimulatorOptions { GarbageCollection = true }, ApiClient.Cancellation);
        using var api = new ApiClient(simulator);
        var set = simulator.Objects.Create(ReplicaSet("rs"));
        var pod = simulator.Objects.Create(Pod("p").OwnedBy(set));
        await api.SendAsync("DELETE", "/apis/apps/v1/namespaces/default/replicasets/rs?propagationPolicy=Orphan");

        Assert.Empty(simulator.Objects.Get(pod)!.Owners);
    }

    [Fact]
    public async Task Collection_Deleted_BySelector()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: ApiClient.Cancellation);
        using var api = new ApiClient(simulator);
        simulator.Objects.Create(ConfigMap("a").Labelled(("x", "1")));
        simulator.Objects.Create(ConfigMap("b").Labelled(("x", "2")));
        var answer = await api.SendAsync("DELETE", ApiClient.ConfigMaps + "?labelSelector=x=1");

        Assert.Equal(["a"], answer.Names);
        Assert.Equal(["b"], (await api.GetAsync(ApiClient.ConfigMaps)).Names);
    }

    [Fact]
    public async Task Library_Refusals_AreThoseOfTheApi()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: ApiClient.Cancellation);

        Assert.Equal(404, Assert.Throws<ApiException>(() => simulator.Objects.Delete(Pod("p"))).Code);
        Assert.Equal(404, Assert.Throws<ApiException>(() => simulator.Objects.Create(Pod("p").In("nope"))).Code);
    }
}
