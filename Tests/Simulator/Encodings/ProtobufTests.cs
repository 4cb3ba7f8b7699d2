using MetaCollector.Simulator;
using MetaCollector.Simulator.Documents;
using MetaCollector.Simulator.Objects;
using MetaCollector.Simulator.Resources;
using MetaCollector.Simulator.Wire;
using MetaCollector.Tests.Support;
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
        await using var server = await AnyServer.StartAsync();
        var stored = await CreatePodAsync(server);
        var answer = await server.Api.GetAsync(server.PathOf(stored), Protobuf);
        var envelope = Envelopes.Open(answer.Body);
        var pod = Wire.Pod.Parser.ParseFrom(envelope.Raw);

        Assert.Equal(Protobuf, answer.ContentType);
        Assert.Equal(("v1", "Pod"), (envelope.TypeMeta.ApiVersion, envelope.TypeMeta.Kind));
        Assert.Equal((stored.Name, stored.Namespace, stored.Uid), (pod.Metadata.Name, pod.Metadata.Namespace, pod.Metadata.Uid));
        Assert.Equal(stored.Labels, pod.Metadata.Labels);
        var labels = MetaCollector.Informer.Wire.Pod.Parser.ParseFrom(envelope.Raw).Metadata.Labels.Select(label => label.Key).ToArray();
        Assert.Equal(labels.Order(StringComparer.Ordinal), labels);
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
        // As pods are in real clusters; here a real server adds who set which of so many fields.
        Assert.InRange(answer.Body.Length, 1900, AnyServer.IsReal ? 9000 : 3500);
    }

    [Fact]
    public async Task List_PagesAndItems()
    {
        await using var server = await AnyServer.StartAsync();
        for (var i = 0; i < 16; i++)
        {
            await server.CreateAsync(Lease($"lease-{i:00}"));
        }

        var names = new List<string>();
        var next = "";
        do
        {
            var answer = await server.Api.GetAsync($"{server.Leases}?limit=7&continue={next}", Protobuf + ", application/json");
            var envelope = Envelopes.Open(answer.Body);
            Assert.Equal(("coordination.k8s.io/v1", "LeaseList"), (envelope.TypeMeta.ApiVersion, envelope.TypeMeta.Kind));
            var list = PartialObjectMetadataList.Parser.ParseFrom(envelope.Raw);
            names.AddRange(list.Items.Select(item => item.Metadata.Name));
            next = list.Metadata.Continue;
        }
        while (next.Length > 0);

        Assert.Equal(Enumerable.Range(0, 16).Select(i => $"lease-{i:00}"), names);
    }

    [Fact]
    public async Task Watch_FramesOneEventEach()
    {
        await using var server = await AnyServer.StartAsync();
        var created = await server.CreateAsync(Service("s").Selecting(("app", "web")));
        using var watch = await server.Api.WatchAsync(
            server.PathOf(ResourceTypes.Services), "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true", Protobuf + ";stream=watch");
        var added = await watch.NextFrameAsync();
        var mark = await watch.NextFrameAsync();
        await server.DeleteAsync(created);
        var deleted = await watch.NextFrameAsync();

        Assert.Equal(Protobuf + ";stream=watch", watch.ContentType.Replace(" ", "", StringComparison.Ordinal));
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
        await using var server = await AnyServer.StartAsync();
        await server.CreateAsync(Deployment("d").Labelled(("a", "b")).WithTemplate());
        var path = server.PathOf(ResourceTypes.Deployments);
        var json = await server.Api.GetAsync(path, "application/json" + PartialList);
        var protobuf = Envelopes.Open((await server.Api.GetAsync(path, $"{Protobuf}{PartialList},application/json")).Body);
        using var jsonWatch = await server.Api.WatchAsync(path, accept: "application/json" + Partial);
        using var watch = await server.Api.WatchAsync(path, accept: Protobuf + Partial);
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
        await using var server = await AnyServer.StartAsync();

        Assert.Equal(contentType, (await server.Api.GetAsync(server.ConfigMaps, accept)).ContentType);
    }

    [Theory]
    [InlineData("text/html")]
    [InlineData("application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1")]
    public async Task Accept_OfNothingThatIsServed_IsRefused(string accept)
    {
        await using var server = await AnyServer.StartAsync();
        var answer = await server.Api.GetAsync(server.ConfigMaps, accept);

        Assert.Equal((406, "NotAcceptable"), (answer.Code, answer.Reason));
    }

    [Fact]
    public async Task Error_IsInTheFormatThatWasAskedFor()
    {
        await using var server = await AnyServer.StartAsync();
        var answer = await server.Api.GetAsync(server.ConfigMaps + "/nope", Protobuf);
        var status = Wire.Status.Parser.ParseFrom(Envelopes.Open(answer.Body).Raw);

        Assert.Equal((404, "NotFound", 404, "nope"), (answer.Code, status.Reason, status.Code, status.Details.Name));
    }

    [Fact]
    public async Task EveryKind_IsEncodedAndReadBack()
    {
        AnyServer.NeedsSimulator("has objects of every kind");
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: RawClient.Cancellation);
        using var api = new RawClient(simulator);
        simulator.Clusters.Generate(20, 30, 4);
        foreach (var type in ResourceTypes.All.Where(type => simulator.Objects.Count(type) > 0))
        {
            var path = (type.Group.Length == 0 ? "/api/v1/" : $"/apis/{type.ApiVersion}/") + type.Plural;
            var list = PartialObjectMetadataList.Parser.ParseFrom(Envelopes.Open((await api.GetAsync(path, Protobuf)).Body).Raw);
            Assert.Equal(simulator.Objects.List(type).Select(one => one.Uid), list.Items.Select(item => item.Metadata.Uid));
        }
    }

    [Fact]
    public async Task Times_KeepTheirMicroseconds()
    {
        await using var server = await AnyServer.StartAsync();
        await server.CreateAsync(Lease("l").With("spec", Json.Parse("""{"holderIdentity":"x","renewTime":"2026-01-02T03:04:05.678901Z","leaseTransitions":3}""")));
        var lease = Wire.Lease.Parser.ParseFrom(Envelopes.Open((await server.Api.GetAsync(server.Leases + "/l", Protobuf)).Body).Raw);

        Assert.Equal((678901000, 3), (lease.Spec.RenewTime.Nanos, lease.Spec.LeaseTransitions));
    }

    /// <summary>A pod as long as pods of real clusters are, owned by something that is there.</summary>
    private static async Task<KubernetesObject> CreatePodAsync(AnyServer server)
    {
        await using var generated = await ApiServerSimulator.StartAsync(cancellation: RawClient.Cancellation);
        generated.Clusters.Generate(1, 10, 1);
        var pod = generated.Objects.List(ResourceTypes.Pods).First(one => one.Owners is [{ Kind: "ReplicaSet" or "DaemonSet" }]);
        var owner = await server.CreateAsync(Service("owner"));
        return await server.CreateAsync(pod.In(server.Namespace).Unset("metadata.resourceVersion").Unset("spec.serviceAccount")
            .Set("spec.serviceAccountName", "default").Orphaned().OwnedBy(owner));
    }
}
