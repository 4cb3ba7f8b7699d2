using System.Text.Json.Nodes;
using Grpc.Core;
using MetaCollector.Gateway.Wire;
using MetaCollector.Testing.Api;
using MetaCollector.Testing.Oracle;
using MetaCollector.Testing.Streams;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.EndToEnd;

/// <summary>The road from an API server to a subscriber, over real sockets; the same against the simulator and a real cluster.</summary>
public sealed class StreamTests(EndToEndCluster cluster) : IClassFixture<EndToEndCluster>, IAsyncLifetime
{
    // Of this test alone, since a real cluster is shared.
    private readonly string _scope = $"e2e-{Guid.NewGuid():N}"[..16];
    private readonly string _node = $"node-{Guid.NewGuid():N}"[..16];

    public async ValueTask InitializeAsync() => await CreateAsync($$$"""
        apiVersion: v1
        kind: Namespace
        metadata: {name: {{{_scope}}}, labels: {team: red}}
        """);

    public async ValueTask DisposeAsync()
    {
        foreach (var pod in await cluster.Api.ListAsync("Pod", _scope)) await cluster.Api.DeleteAsync("Pod", _scope, (string)pod["metadata"]!["name"]!);
        await cluster.Api.DeleteAsync("Namespace", null, _scope);
    }

    [Fact]
    public async Task Deployment_Created_ArrivesWithItsPodsOwnersAndServices()
    {
        await using var falco = cluster.Subscribe(_node);
        await CreateServiceAsync("web", "{app: web}");
        var (_, pods) = await cluster.DeployAsync(_scope, "web", _node, replicas: 2);

        await falco.Log.UntilAsync(
            log => pods.All(pod => Find(log, "Pod", pod)?.Refs.Resources is { Count: 4 } refs && refs["Service"].List.Count == 1),
            "both pods with namespace, replica set, deployment and service");

        Assert.Equal(6, falco.Log.Held.Count);
        var podEvent = Find(falco.Log, "Pod", pods[0])!;
        Assert.Equal([Find(falco.Log, "Deployment", "web")!.Uid], podEvent.Refs.Resources["Deployment"].List);
        Assert.Equal([Find(falco.Log, "Namespace", _scope)!.Uid], podEvent.Refs.Resources["Namespace"].List);
        Assert.Empty(falco.Log.Faults);
    }

    [Fact]
    public async Task Label_Changed_ArrivesAsOneUpdate_AndAnAnnotationAsNone()
    {
        await CreatePodAsync("solo", "{app: solo}");
        await using var falco = cluster.Subscribe(_node);
        await falco.Log.UntilAsync(log => Find(log, "Pod", "solo") is not null, "the pod");

        await cluster.Api.PatchAsync("Pod", _scope, "solo", Metadata("annotations", "note", "x"));
        await cluster.Api.LabelAsync("Pod", _scope, "solo", ("color", "blue"));
        await falco.Log.UntilAsync(log => Find(log, "Pod", "solo")!.Meta.Contains("\"color\":\"blue\"", StringComparison.Ordinal), "the label");
        await cluster.Api.LabelAsync("Namespace", null, _scope, ("stage", "prod"));
        await falco.Log.UntilAsync(log => Find(log, "Namespace", _scope)!.Meta.Contains("\"stage\":\"prod\"", StringComparison.Ordinal), "the namespace");

        Assert.Equal(["Create", "Create", "Update", "Update"], falco.Log.Events.Select(e => e.Reason));
        Assert.Empty(falco.Log.Faults);
    }

    [Fact]
    public async Task LastPod_Deleted_TakesEverythingRelatedWithIt()
    {
        await CreateServiceAsync("web", "{app: solo}");
        await CreatePodAsync("solo", "{app: solo}");
        await using var falco = cluster.Subscribe(_node);
        await falco.Log.UntilAsync(log => log.Held.Count == 3, "pod, namespace and service");

        await cluster.Api.DeleteAsync("Pod", _scope, "solo");
        await falco.Log.UntilAsync(log => log.Held.Count == 0, "nothing is left");

        Assert.Equal("Pod", falco.Log.Events.First(e => e.Reason == "Delete").Kind);
        Assert.Empty(falco.Log.Faults);
    }

    [Fact]
    public async Task Name_ReusedByANewPod_IsADeleteAndACreate()
    {
        await CreatePodAsync("db-0", "{app: db}");
        await using var falco = cluster.Subscribe(_node);
        await falco.Log.UntilAsync(log => Find(log, "Pod", "db-0") is not null, "the first pod");
        var first = Find(falco.Log, "Pod", "db-0")!.Uid;

        await cluster.Api.DeleteAsync("Pod", _scope, "db-0");
        await CreatePodAsync("db-0", "{app: db}");
        await falco.Log.UntilAsync(log => Find(log, "Pod", "db-0") is { } pod && pod.Uid != first, "the second pod");

        Assert.False(falco.Log.Held.ContainsKey(first));
        Assert.Empty(falco.Log.Faults);
    }

    [Fact]
    public async Task ServiceWithoutSelector_ServesThePodsThatItsEndpointSliceNames()
    {
        await CreatePodAsync("solo", "{app: solo}");
        await CreatePodAsync("other", "{app: other}");
        await CreateServiceAsync("ext", "{}");
        await using var falco = cluster.Subscribe(_node);
        await falco.Log.UntilAsync(log => log.Held.Count == 3, "two pods and the namespace");

        await CreateAsync($$$"""
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: {name: ext-1, namespace: {{{_scope}}}, labels: {kubernetes.io/service-name: ext}}
            addressType: IPv4
            ports: [{port: 80}]
            endpoints: [{addresses: ["10.99.0.1"], targetRef: {kind: Pod, name: solo, namespace: {{{_scope}}}}}]
            """);
        await falco.Log.UntilAsync(log => Find(log, "Pod", "solo")!.Refs.Resources["Service"].List.Count == 1, "the pod with its service");

        Assert.NotNull(Find(falco.Log, "Service", "ext"));
        Assert.Empty(Find(falco.Log, "Pod", "other")!.Refs.Resources["Service"].List);
        await cluster.Api.DeleteAsync("EndpointSlice", _scope, "ext-1");
        await falco.Log.UntilAsync(log => Find(log, "Service", "ext") is null, "the service goes again");
        Assert.Empty(falco.Log.Faults);
    }

    [Fact]
    public async Task Owners_DeletedBeforeTheirPod_GoAfterIt()
    {
        Assert.SkipWhen(cluster.HasControllers, "a real cluster's garbage collector decides in which order they go");
        var (replicaSet, pods) = await cluster.DeployAsync(_scope, "web", _node);
        await using var falco = cluster.Subscribe(_node);
        await falco.Log.UntilAsync(log => log.Held.Count == 4, "the pod, its owners and the namespace");

        await cluster.Api.DeleteAsync("Deployment", _scope, "web");
        await cluster.Api.DeleteAsync("ReplicaSet", _scope, replicaSet);
        await cluster.Api.SetPodIpAsync(_scope, pods[0], "10.99.0.1");
        await falco.Log.UntilAsync(log => Find(log, "Pod", pods[0])!.Status == """{"podIP":"10.99.0.1"}""", "the address");
        Assert.Equal(4, falco.Log.Held.Count);
        Assert.Equal(["Deployment", "Namespace", "ReplicaSet", "Service"], Find(falco.Log, "Pod", pods[0])!.Refs.Resources.Keys.Order());

        await cluster.Api.DeleteAsync("Pod", _scope, pods[0]);
        await falco.Log.UntilAsync(log => log.Held.Count == 0, "nothing");
        Assert.Equal("Pod", falco.Log.Events.First(received => received.Reason == "Delete").Kind);
        Assert.Empty(falco.Log.Faults);
    }

    [Fact]
    public async Task SecondSubscriber_OfTheSameNode_GetsEverythingAgainAsCreates()
    {
        await CreatePodAsync("solo", "{app: solo}");
        await using var first = cluster.Subscribe(_node);
        await first.Log.UntilAsync(log => log.Held.Count == 2, "pod and namespace");
        await cluster.Api.SetPodIpAsync(_scope, "solo", "10.99.0.1");
        await first.Log.UntilAsync(log => Find(log, "Pod", "solo")!.Status == """{"podIP":"10.99.0.1"}""", "the address");

        await using var second = cluster.Subscribe(_node);
        await second.Log.UntilAsync(log => log.Held.Count == 2, "pod and namespace");

        Assert.All(second.Log.Events, e => Assert.Equal("Create", e.Reason));
        Assert.Equal(Lines(first), Lines(second));

        static IEnumerable<string> Lines(Subscriber subscriber) =>
            subscriber.Log.Held.Values.Select(held => Expected.Of(held).ToString()).Order(StringComparer.Ordinal);
    }

    [Theory]
    [InlineData("", "Pod", "nodeName")]
    [InlineData("node-a", "Gizmo", "resourceKinds")]
    [InlineData("node-a", "", "resourceKinds")]
    public async Task Selector_ThatCanSelectNothing_IsRefusedByTheNameOfItsField(string node, string kind, string field)
    {
        await using var client = new StreamClient(cluster.Collector.Broker, node, kinds: kind.Length == 0 ? [] : [kind]);
        await Assert.ThrowsAsync<InvalidOperationException>(() => client.Complete);

        Assert.Equal(StatusCode.InvalidArgument, client.Ended!.Value.StatusCode);
        Assert.Contains(field, client.Ended.Value.Detail, StringComparison.Ordinal);
    }

    private static JsonObject Metadata(string field, string key, string value) =>
        new() { ["metadata"] = new JsonObject { [field] = new JsonObject { [key] = value } } };

    private static Event? Find(StreamLog log, string kind, string name) => log.Held.Values.SingleOrDefault(
        e => e.Kind == kind && e.Meta.Contains($"\"name\":\"{name}\"", StringComparison.Ordinal));

    private Task<JsonObject> CreateAsync(string yaml) => cluster.Api.CreateAsync(Manifest.Parse(yaml)[0]);

    private Task CreatePodAsync(string name, string labels) => CreateAsync($$$"""
        apiVersion: v1
        kind: Pod
        metadata: {name: {{{name}}}, namespace: {{{_scope}}}, labels: {{{labels}}}}
        spec: {nodeName: {{{_node}}}, containers: [{name: c, image: nginx}]}
        """);

    private Task CreateServiceAsync(string name, string selector) => CreateAsync($$$"""
        apiVersion: v1
        kind: Service
        metadata: {name: {{{name}}}, namespace: {{{_scope}}}}
        spec: {selector: {{{selector}}}, ports: [{port: 80}]}
        """);
}
