using MetaCollector.Simulator;
using MetaCollector.Simulator.Documents;
using MetaCollector.Simulator.Resources;
using MetaCollector.Simulator.Wire;
using Xunit;
using static MetaCollector.Simulator.Objects.Kube;
using Wire = MetaCollector.Simulator.Wire;

namespace MetaCollector.Tests.Simulator.Encodings;

/// <summary>Kubernetes protobuf and PartialObjectMetadata, read back by the generated messages.</summary>
public sealed class ProtobufTests
{
    private const string Protobuf = "application/vnd.kubernetes.protobuf";
    private const string PartialList = ";as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
    private const string Partial = ";as=PartialObjectMetadata;g=meta.k8s.io;v=v1";

    [Fact]
    public async Task Object_HasItsFields()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: ApiClient.Cancellation);
        using var api = new ApiClient(simulator);
        simulator.Clusters.Generate(1, 10, 1);
        var stored = simulator.Objects.List(ResourceTypes.Pods).First(pod => pod.Owners is [{ Kind: "ReplicaSet" or "DaemonSet" }]);
        var answer = await api.GetAsync($"/api/v1/namespaces/{stored.Namespace}/pods/{stored.Name}", Protobuf);
        var envelope = Envelopes.Open(answer.Body);
        var pod = Wire.Pod.Parser.ParseFrom(envelope.Raw);

        Assert.Equal(Protobuf, answer.ContentType);
        Assert.Equal(("v1", "Pod"), (envelope.TypeMeta.ApiVersion, envelope.TypeMeta.Kind));
        Assert.Equal((stored.Name, stored.Namespace, stored.Uid), (pod.Metadata.Name, pod.Metadata.Namespace, pod.Metadata.Uid));
        Assert.Equal(stored.Labels, pod.Metadata.Labels);
        Assert.Equal(stored.Annotations, pod.Metadata.Annotations);
        Assert.Equal((stored.Owners[0].Uid, true), (pod.Metadata.OwnerReferences[0].Uid, pod.Metadata.OwnerReferences[0].Controller));
        Assert.Equal(stored.ResourceVersion.ToString(System.Globalization.CultureInfo.InvariantCulture), pod.Metadata.ResourceVersion);
        Assert.NotEmpty(pod.Metadata.ManagedFields[0].FieldsV1.Raw);
        Assert.Equal((stored.NodeName, stored.PodIP, "Running"), (pod.Spec.NodeName, pod.Status.PodIP, pod.Status.Phase));
        Assert.Equal([stored.PodIP], pod.Status.PodIPs.Select(ip => ip.Ip));
        Assert.Equal("http", pod.Spec.Containers[0].LivenessProbe.Handler.HttpGet.Port.StrVal);
        Assert.Equal("512Mi", pod.Spec.Containers[0].Resources.Limits["memory"].String);
        Assert.Equal("kube-root-ca.crt", pod.Spec.Volumes[2].VolumeSource.Projected.Sources[1].ConfigMap.LocalObjectReference.Name);
        Assert.Equal(
            stored.Document.At("metadata", "creationTimestamp")!.Text,
            DateTimeOffset.FromUnixTimeSeconds(pod.Metadata.CreationTimestamp.Seconds).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture));
        Assert.InRange(answer.Body.Length, 1900, 3500);
    }

    [Fact]
    public async Task List_PagesAndItems()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: ApiClient.Cancellation);
        using var api = new ApiClient(simulator);
        simulator.Clusters.Generate(3, 10, 2);
        var names = new List<string>();
        var next = "";
        do
        {
            var answer = await api.GetAsync($"/api/v1/pods?limit=7&continue={next}", Protobuf + ", application/json");
            var envelope = Envelopes.Open(answer.Body);
            Assert.Equal(("v1", "PodList"), (envelope.TypeMeta.ApiVersion, envelope.TypeMeta.Kind));
            var list = PartialObjectMetadataList.Parser.ParseFrom(envelope.Raw);
            names.AddRange(list.Items.Select(item => item.Metadata.Name));
            next = list.Metadata.Continue;
        }
        while (next.Length > 0);

        Assert.Equal(simulator.Objects.List(ResourceTypes.Pods).Select(pod => pod.Name), names);
    }

    [Fact]
    public async Task Watch_FramesOneEventEach()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: ApiClient.Cancellation);
        using var api = new ApiClient(simulator);
        simulator.Objects.Create(Service("s").Selecting(("app", "web")));
        using var watch = await api.WatchAsync(
            "/api/v1/services", "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true", Protobuf + ";stream=watch");
        var added = await watch.NextFrameAsync();
        var mark = await watch.NextFrameAsync();
        simulator.Objects.Delete(Service("s"));
        var deleted = await watch.NextFrameAsync();

        Assert.Equal(Protobuf + "; stream=watch", watch.ContentType);
        Assert.Equal(("ADDED", "Service"), (added.Type, added.Envelope.TypeMeta.Kind));
        var service = Wire.Service.Parser.ParseFrom(added.Envelope.Raw);
        Assert.Equal("web", service.Spec.Selector["app"]);
        Assert.Equal((80, 80), (service.Spec.Ports[0].Port, service.Spec.Ports[0].TargetPort.IntVal));
        Assert.Equal("BOOKMARK", mark.Type);
        Assert.Equal("true", Wire.Service.Parser.ParseFrom(mark.Envelope.Raw).Metadata.Annotations["k8s.io/initial-events-end"]);
        Assert.Equal("DELETED", deleted.Type);
    }

    [Fact]
    public async Task MetadataOnly_InBothFormats()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: ApiClient.Cancellation);
        using var api = new ApiClient(simulator);
        simulator.Objects.Create(Deployment("d").Labelled(("a", "b")));
        const string Path = "/apis/apps/v1/namespaces/default/deployments";
        var json = await api.GetAsync(Path, "application/json" + PartialList);
        var protobuf = Envelopes.Open((await api.GetAsync(Path, $"{Protobuf}{PartialList},application/json")).Body);
        using var jsonWatch = await api.WatchAsync(Path, accept: "application/json" + Partial);
        using var watch = await api.WatchAsync(Path, accept: Protobuf + Partial);
        var seen = await jsonWatch.NextAsync();
        var frame = await watch.NextFrameAsync();

        Assert.Equal(("PartialObjectMetadataList", "meta.k8s.io/v1"), (json.Json["kind"]!.Text, json.Json["apiVersion"]!.Text));
        Assert.Equal("PartialObjectMetadata", json.Json["items"]!.Items[0]["kind"]!.Text);
        Assert.Null(json.Json["items"]!.Items[0]["spec"]);
        Assert.Equal(("meta.k8s.io/v1", "PartialObjectMetadataList"), (protobuf.TypeMeta.ApiVersion, protobuf.TypeMeta.Kind));
        Assert.Equal("b", PartialObjectMetadataList.Parser.ParseFrom(protobuf.Raw).Items[0].Metadata.Labels["a"]);
        Assert.Equal(("ADDED", "PartialObjectMetadata"), (seen!.Type, seen.Object["kind"]!.Text));
        Assert.Equal(("PartialObjectMetadata", "d"), (frame.Envelope.TypeMeta.Kind, PartialObjectMetadata.Parser.ParseFrom(frame.Envelope.Raw).Metadata.Name));
    }

    [Theory]
    [InlineData("", "application/json")]
    [InlineData("*/*", "application/json")]
    [InlineData("application/vnd.kubernetes.protobuf,application/json", Protobuf)]
    [InlineData("application/json,application/vnd.kubernetes.protobuf", "application/json")]
    [InlineData("application/json;q=0.5,application/vnd.kubernetes.protobuf", Protobuf)]
    [InlineData("application/json;as=Table;v=v1;g=meta.k8s.io,application/json", "application/json")]
    [InlineData("text/html,application/json", "application/json")]
    public async Task Accept_TakesTheFirstThatIsServed(string accept, string contentType)
    {
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: ApiClient.Cancellation);
        using var api = new ApiClient(simulator);

        Assert.Equal(contentType, (await api.GetAsync(ApiClient.ConfigMaps, accept)).ContentType);
    }

    [Theory]
    [InlineData("text/html")]
    [InlineData("application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1")]
    public async Task Accept_OfNothingThatIsServed_IsRefused(string accept)
    {
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: ApiClient.Cancellation);
        using var api = new ApiClient(simulator);
        var answer = await api.GetAsync(ApiClient.ConfigMaps, accept);

        Assert.Equal((406, "NotAcceptable"), (answer.Code, answer.Reason));
    }

    [Fact]
    public async Task Error_IsInTheFormatThatWasAskedFor()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: ApiClient.Cancellation);
        using var api = new ApiClient(simulator);
        var answer = await api.GetAsync(ApiClient.ConfigMaps + "/nope", Protobuf);
        var status = Wire.Status.Parser.ParseFrom(Envelopes.Open(answer.Body).Raw);

        Assert.Equal((404, "NotFound", 404, "nope"), (answer.Code, status.Reason, status.Code, status.Details.Name));
    }

    [Fact]
    public async Task Body_InProtobuf_IsReadAsWhatItMeans()
    {
        await using var source = await ApiServerSimulator.StartAsync(cancellation: ApiClient.Cancellation);
        await using var target = await ApiServerSimulator.StartAsync(cancellation: ApiClient.Cancellation);
        using var api = new ApiClient(source);
        using var http = new HttpClient();
        source.Clusters.Generate(1, 10, 1);
        var pod = source.Objects.List(ResourceTypes.Pods).First(one => one.Namespace == "kube-system");
        using var body = new ByteArrayContent((await api.GetAsync($"/api/v1/namespaces/kube-system/pods/{pod.Name}", Protobuf)).Body);
        body.Headers.ContentType = new(Protobuf);
        var refused = await http.PostAsync(new Uri(target.Url + "/api/v1/namespaces/kube-system/pods"), body, ApiClient.Cancellation);
        var updated = await http.PutAsync(new Uri($"{source.Url}/api/v1/namespaces/kube-system/pods/{pod.Name}"), body, ApiClient.Cancellation);

        Assert.Equal(System.Net.HttpStatusCode.InternalServerError, refused.StatusCode);
        Assert.Equal(System.Net.HttpStatusCode.OK, updated.StatusCode);
        Assert.Equal(pod.Labels, source.Objects.Get(pod)!.Labels);
        Assert.Equal(
            Sorted(pod.Document.At("spec", "containers")!.Items[0]), Sorted(source.Objects.Get(pod)!.Document.At("spec", "containers")!.Items[0]));
    }

    /// <summary>The names and values of a map, whatever their order.</summary>
    private static IEnumerable<string> Sorted(Json map) =>
        ((JsonMap)map).Names.Select(name => $"{name}: {string.Concat(map[name]!.ToString().Order())}").Order(StringComparer.Ordinal);

    [Fact]
    public async Task EveryKind_IsEncodedAndReadBack()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: ApiClient.Cancellation);
        using var api = new ApiClient(simulator);
        simulator.Clusters.Generate(20, 30, 4);
        simulator.Objects.Create(Lease("l").With("spec", Json.Parse("""{"holderIdentity":"x","renewTime":"2026-01-02T03:04:05.678901Z","leaseTransitions":3}""")));
        foreach (var type in ResourceTypes.All.Where(type => simulator.Objects.Count(type) > 0))
        {
            var path = (type.Group.Length == 0 ? "/api/v1/" : $"/apis/{type.ApiVersion}/") + type.Plural;
            var list = PartialObjectMetadataList.Parser.ParseFrom(Envelopes.Open((await api.GetAsync(path, Protobuf)).Body).Raw);
            Assert.Equal(simulator.Objects.List(type).Select(one => one.Uid), list.Items.Select(item => item.Metadata.Uid));
        }

        var lease = Wire.Lease.Parser.ParseFrom(Envelopes.Open((await api.GetAsync("/apis/coordination.k8s.io/v1/namespaces/default/leases/l", Protobuf)).Body).Raw);
        Assert.Equal((678901000, 3), (lease.Spec.RenewTime.Nanos, lease.Spec.LeaseTransitions));
    }
}
