using System.Buffers;
using System.IO.Pipelines;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Informer.Decoding;
using MetaCollector.Informer.Reading;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Informer.Decoding;

/// <summary>What a kube-apiserver 1.36 really sent.</summary>
public sealed class RecordedBytesTests
{
    private readonly ObjectDecoder _decoder = new(Pools.Versions);

    [Fact]
    public void Decode_RecordedPod_KeepsWhatIsSentAndDecidedBy()
    {
        var (resource, version) = Decode(ResourceKind.Pod, "pod.pb");

        Assert.Equal("1177", version);
        Assert.Equal(RecordedPod, resource);
        Assert.Equal(["10.0.0.1"], Assert.IsType<Pod>(resource).Addresses);
    }

    [Fact]
    public void Decode_RecordedService_KeepsItsSelector()
    {
        var service = Assert.IsType<Service>(Decode(ResourceKind.Service, "service.pb").Resource);

        Assert.Equal("app=web,tier=front", service.Selector.ToString());
        Assert.Equal("app=web", service.Labels.ToString());
        Assert.Null(service.GenerateName);
    }

    [Fact]
    public void Decode_RecordedEndpointSlice_KeepsThePodsThatItNames()
    {
        var slice = Assert.IsType<EndpointSlice>(Decode(ResourceKind.EndpointSlice, "slice.pb").Resource);

        Assert.Equal("web", slice.ServiceName);
        Assert.Equal([new PodTarget("web-1-a", Uid.Parse("2f0e0d0c-0b0a-0908-0706-050403020100"))], slice.Targets);
    }

    [Fact]
    public void Decode_RecordedPartialObjectMetadata_KeepsItsMetadata()
    {
        var (resource, version) = Decode(ResourceKind.Deployment, "deployment.pb");

        Assert.Equal("1176", version);
        Assert.Equal(
            new Resource
            {
                Kind = ResourceKind.Deployment, Uid = Uid.Parse("218b5efe-4c1f-4dd4-876a-ec4881845ead"),
                Namespace = "informer-fixture", Name = "web", Labels = LabelSet.Of([new("app", "web")]),
            },
            resource);
    }

    [Theory]
    [InlineData("pods.pb", ResourceKind.Pod)]
    [InlineData("deployments.pb", ResourceKind.Deployment)]
    public async Task ListBody_RecordedList_BringsItsItemsInChunksOfAnySize(string file, ResourceKind kind)
    {
        foreach (var size in new[] { 1, 7, 4096 })
        {
            var items = new List<Resource>();
            var metadata = await new ListBody(PipeReader.Create(new Trickle(Recorded(file), size))).ReadAsync(
                item => items.Add(_decoder.Decode(kind, item).Resource), TestContext.Current.CancellationToken);

            Assert.Equal("informer-fixture", Assert.Single(items).Namespace);
            Assert.NotEmpty(metadata.ResourceVersion);
            Assert.Empty(metadata.Continue);
        }
    }

    [Fact]
    public async Task ListBody_CutAnywhere_IsAnErrorAndNeverALists()
    {
        var whole = Recorded("pods.pb");
        // The fields that follow the list say nothing, so the list is complete a little before the end.
        for (var length = 0; length < whole.Length - 4; length++)
        {
            var cut = new ListBody(PipeReader.Create(new ReadOnlySequence<byte>(whole, 0, length)));
            await Assert.ThrowsAsync<EndOfStreamException>(
                () => cut.ReadAsync(_ => { }, TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public async Task WatchFrames_RecordedStreamingList_EndsWithTheBookmarkThatSaysSo()
    {
        foreach (var size in new[] { 1, 5, 4096 })
        {
            var frames = new WatchFrames(PipeReader.Create(new Trickle(Recorded("pods-watch.pb"), size)));
            var types = new List<string>();
            Resource? pod = null;
            while (await frames.NextAsync(TestContext.Current.CancellationToken) is { } frame)
            {
                var (type, envelope) = Envelope.Open(frame);
                types.Add(type);
                if (type == WatchEventTypes.Added) pod = _decoder.Decode(ResourceKind.Pod, Envelope.TakeOff(envelope)).Resource;
            }

            Assert.Equal([WatchEventTypes.Added, WatchEventTypes.Bookmark], types);
            Assert.Equal(RecordedPod, pod);
        }
    }

    [Fact]
    public async Task ApiException_RecordedStatus_IsUnderstood()
    {
        using var response = new HttpResponseMessage(System.Net.HttpStatusCode.NotFound)
        {
            Content = new ByteArrayContent(Recorded("status.pb")),
        };
        var failure = await StatusReader.FromAsync(response, TestContext.Current.CancellationToken);

        Assert.Equal((404, "NotFound", "pods \"web-1-a\" not found"), (failure.Code, failure.Reason, failure.Message));
        Assert.True(failure.IsRefusal);
    }

    private static Pod RecordedPod => new()
    {
        Kind = ResourceKind.Pod,
        Uid = Uid.Parse("167fe71f-8e57-44ec-b710-a15f110a6257"),
        Namespace = "informer-fixture",
        Name = "web-1-a",
        GenerateName = "web-1-",
        Labels = LabelSet.Of([new("app", "web"), new("tier", "front")]),
        Controller = new Owner("apps", "ReplicaSet", Uid.Parse("0f0e0d0c-0b0a-0908-0706-050403020100")),
        Node = "node-fixture",
        Ip = "10.0.0.1",
    };

    private static byte[] Recorded(string file) =>
        File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Informer", "Decoding", "Recorded", file));

    private DecodedObject Decode(ResourceKind kind, string file) =>
        _decoder.Decode(kind, Envelope.TakeOff(new ReadOnlySequence<byte>(Recorded(file))));

    /// <summary>Brings a few bytes at a time.</summary>
    private sealed class Trickle(byte[] bytes, int size) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(size, buffer.Length)], cancellationToken);
    }
}
