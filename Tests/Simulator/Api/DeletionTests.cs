using MetaCollector.Simulator;
using MetaCollector.Simulator.Api;
using MetaCollector.Tests.Support;
using Xunit;
using static MetaCollector.Simulator.Objects.Kube;

namespace MetaCollector.Tests.Simulator.Api;

/// <summary>Deletion: grace, finalizers, preconditions, namespaces, owners.</summary>
public sealed class DeletionTests
{
    [Fact]
    public async Task Pod_OnANode_IsMarkedThenStopped()
    {
        await using var server = await AnyServer.StartAsync();
        var pod = await server.CreateAsync(Pod("p").On("n"));
        using var watch = await server.Api.WatchAsync(server.Pods, $"resourceVersion={pod.ResourceVersion}");
        var answer = await server.Api.SendAsync("DELETE", server.Pods + "/p");
        await server.StopAsync(pod);
        var events = await watch.TakeAsync(3);

        Assert.Equal(200, answer.Code);
        Assert.Equal("30", answer.Json.At("metadata", "deletionGracePeriodSeconds")!.ToString());
        Assert.Equal(["MODIFIED p", "MODIFIED p", "DELETED p"], events.Select(one => one.ToString()));
        Assert.All(events, one => Assert.NotNull(one.Object.At("metadata", "deletionTimestamp")?.Text));
        Assert.Equal(["30", "0", "0"], events.Select(one => one.Object.At("metadata", "deletionGracePeriodSeconds")!.ToString()));
        Assert.All(events, one => Assert.Equal("2", one.Object.At("metadata", "generation")!.ToString()));
        Assert.Equal(events.Select(one => one.Number).Order().Distinct(), events.Select(one => one.Number));
    }

    [Fact]
    public async Task Pod_WithoutGrace_IsMarkedAllTheSame()
    {
        await using var server = await AnyServer.StartAsync();
        var pod = await server.CreateAsync(Pod("p").Unscheduled());
        using var watch = await server.Api.WatchAsync(server.Pods, $"resourceVersion={pod.ResourceVersion}");
        await server.DeleteAsync(pod);
        var events = await watch.TakeAsync(2);

        Assert.Equal(["MODIFIED p", "DELETED p"], events.Select(one => one.ToString()));
        Assert.Equal("0", events[0].Object.At("metadata", "deletionGracePeriodSeconds")!.ToString());
    }

    [Fact]
    public async Task Pod_WithoutANodeOrGrace_IsGoneAtOnce()
    {
        await using var server = await AnyServer.StartAsync(new SimulatorOptions { PodStopTime = null });
        await server.CreateAsync(Pod("pending").Unscheduled());
        await server.CreateAsync(Pod("bound").On("n"));
        await server.CreateAsync(Pod("kept").On("n"));
        await server.Api.SendAsync("DELETE", server.Pods + "/pending");
        await server.Api.SendAsync("DELETE", server.Pods + "/bound", """{"kind":"DeleteOptions","apiVersion":"v1","gracePeriodSeconds":0}""");
        await server.Api.SendAsync("DELETE", server.Pods + "/kept");

        Assert.Equal(["kept"], (await server.Api.GetAsync(server.Pods)).Names);
    }

    [Fact]
    public async Task Finalizers_HoldTheObject_UntilTheLastIsGone()
    {
        await using var server = await AnyServer.StartAsync();
        var created = await server.Api.PostAsync(server.ConfigMaps, """{"metadata":{"name":"a","finalizers":["a.b/c"]}}""");
        using var watch = await server.Api.WatchAsync(server.ConfigMaps, $"resourceVersion={created.Version}&fieldSelector=metadata.name=a");
        await server.Api.SendAsync("DELETE", server.ConfigMaps + "/a");
        await server.Api.MergeAsync(server.ConfigMaps + "/a", """{"metadata":{"finalizers":null}}""");
        var events = await watch.TakeAsync(2);

        Assert.Equal(["MODIFIED a", "DELETED a"], events.Select(one => one.ToString()));
        Assert.NotNull(events[1].Object.At("metadata", "finalizers"));
        Assert.Equal(404, (await server.Api.GetAsync(server.ConfigMaps + "/a")).Code);
    }

    [Fact]
    public async Task Delete_AnswersWithWhatWasDeleted()
    {
        await using var server = await AnyServer.StartAsync();
        var created = await server.Api.PostAsync(server.ConfigMaps, """{"metadata":{"name":"a"}}""");
        var deleted = await server.Api.SendAsync("DELETE", server.ConfigMaps + "/a");
        var again = await server.Api.SendAsync("DELETE", server.ConfigMaps + "/a");

        Assert.Equal("Success", deleted.Json["status"]!.Text);
        Assert.Equal(created.Json.At("metadata", "uid")!.Text, deleted.Json.At("details", "uid")!.Text);
        Assert.Equal((404, "configmaps \"a\" not found"), (again.Code, again.Message));
    }

    [Theory]
    [InlineData("""{"preconditions":{"uid":"x"}}""")]
    [InlineData("""{"preconditions":{"resourceVersion":"1"}}""")]
    public async Task Delete_WithWrongPrecondition_Conflicts(string options)
    {
        await using var server = await AnyServer.StartAsync();
        await server.Api.PostAsync(server.ConfigMaps, """{"metadata":{"name":"a"}}""");
        var answer = await server.Api.SendAsync("DELETE", server.ConfigMaps + "/a", options);

        Assert.Equal((409, "Conflict"), (answer.Code, answer.Reason));
        Assert.Equal(200, (await server.Api.GetAsync(server.ConfigMaps + "/a")).Code);
    }

    [Fact]
    public async Task Namespace_Deleted_TakesItsContentAlong()
    {
        await using var server = await AnyServer.StartAsync(new SimulatorOptions { PodStopTime = TimeSpan.FromMilliseconds(500) });
        var shop = await server.CreateAsync(Namespace($"shop-{Guid.NewGuid():n}"));
        await server.Api.PostAsync($"/api/v1/namespaces/{shop.Name}/serviceaccounts", """{"metadata":{"name":"default"}}""");
        var pod = await server.CreateAsync(Pod("p").In(shop.Name).On("n"));
        var map = await server.CreateAsync(ConfigMap("c").In(shop.Name));
        using var watch = await server.Api.WatchAsync("/api/v1/namespaces", $"resourceVersion={pod.ResourceVersion}&fieldSelector=metadata.name={shop.Name}");
        var answer = await server.Api.SendAsync("DELETE", "/api/v1/namespaces/" + shop.Name);
        var late = await server.Api.PostAsync($"/api/v1/namespaces/{shop.Name}/configmaps", """{"metadata":{"name":"late"}}""");
        await server.StopAsync(pod);
        var events = new List<Seen>();
        while (await watch.NextAsync() is { } one)
        {
            events.Add(one);
            if (one.Type == "DELETED") break;
        }

        Assert.Equal("Terminating", answer.Json.At("status", "phase")!.Text);
        Assert.Equal(
            (403, $"configmaps \"late\" is forbidden: unable to create new content in namespace {shop.Name} because it is being terminated"), (late.Code, late.Message));
        Assert.True(events.Count >= 3, "it is marked, loses its finalizer, and goes");
        Assert.All(events.SkipLast(1), one => Assert.Equal("MODIFIED", one.Type));
        Assert.Equal(404, (await server.Api.GetAsync(server.PathOf(map))).Code);
        Assert.Equal(404, (await server.Api.GetAsync(server.PathOf(pod))).Code);
    }

    [Fact]
    public async Task Dependents_WithGarbageCollection_FollowTheirOwner()
    {
        await using var server = await AnyServer.StartAsync(new SimulatorOptions { GarbageCollection = true });
        // Of kinds that no controller adopts or lets go.
        var owner = await server.CreateAsync(Service("owner"));
        var between = await server.CreateAsync(Service("between").OwnedBy(owner));
        var pod = await server.CreateAsync(Pod("p").Unscheduled().OwnedBy(between));
        using var watch = await server.Api.WatchAsync(server.Pods, $"resourceVersion={pod.ResourceVersion}");
        await server.DeleteAsync(owner);

        Assert.Equal(["MODIFIED p", "DELETED p"], (await watch.TakeAsync(2)).Select(one => one.ToString()));
        Assert.Equal(404, (await server.Api.GetAsync(server.PathOf(between))).Code);
    }

    [Fact]
    public async Task Dependents_Orphaned_LoseTheirOwner()
    {
        await using var server = await AnyServer.StartAsync(new SimulatorOptions { GarbageCollection = true });
        var owner = await server.CreateAsync(Service("owner"));
        var pod = await server.CreateAsync(Pod("p").Unscheduled().OwnedBy(owner));
        await server.Api.SendAsync("DELETE", server.PathOf(owner) + "?propagationPolicy=Orphan");
        await Eventually.HoldsAsync(async () => (await server.Api.GetAsync(server.PathOf(owner))).Code == 404, "the owner is gone");

        Assert.Null((await server.Api.GetAsync(server.PathOf(pod))).Json.At("metadata", "ownerReferences"));
    }

    [Fact]
    public async Task Library_Refusals_AreThoseOfTheApi()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: RawClient.Cancellation);

        Assert.Equal(404, Assert.Throws<ApiException>(() => simulator.Objects.Delete(Pod("p"))).Code);
        Assert.Equal(404, Assert.Throws<ApiException>(() => simulator.Objects.Create(Pod("p").In("nope"))).Code);
    }
}
