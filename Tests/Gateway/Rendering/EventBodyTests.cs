using System.Text;
using Google.Protobuf;
using MetaCollector.Gateway.Rendering;
using MetaCollector.Gateway.Wire;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Gateway.Rendering;

/// <summary>The content of events, to the byte.</summary>
public sealed class EventBodyTests
{
    [Fact]
    public void Create_PodWithEverything_HasMetaStatusAndRefs()
    {
        var pod = Things.Pod("web-1", "10.0.0.7").Labelled("b", "2").Labelled("a", "1")
            .RefersTo(Things.Namespace("default"), Things.Of(ResourceKind.ReplicaSet, "web"));
        pod = pod with { Resource = pod.Resource with { GenerateName = "web-" } };
        var sent = Rendered.Event(EventReason.Create, pod);
        Assert.Equal(
            $$"""{"generateName":"web-","labels":{"a":"1","b":"2"},"name":"web-1","namespace":"default","uid":"{{pod.Uid}}"}""", sent.Meta);
        Assert.Equal("""{"podIP":"10.0.0.7"}""", sent.Status);
        Assert.Equal(["Namespace", "ReplicaSet", "Service"], sent.Refs.Resources.Keys);
        Assert.Empty(sent.Refs.Resources["Service"].List);
        Assert.False(sent.HasSpec);
    }

    [Fact]
    public void Create_PodWithoutIpAndReferences_HasEmptyStatusAndTheServiceKey()
    {
        var sent = Rendered.Event(EventReason.Create, Things.Pod("web-1") with { References = null });
        Assert.Equal("{}", sent.Status);
        Assert.Equal(["Service"], sent.Refs.Resources.Keys);
    }

    [Fact]
    public void Create_Namespace_HasNoNamespaceInMetaAndNeitherStatusNorRefs()
    {
        var shop = Things.Namespace("shop");
        var sent = Rendered.Event(EventReason.Create, shop);
        Assert.Equal($$"""{"name":"shop","uid":"{{shop.Uid}}"}""", sent.Meta);
        Assert.False(sent.HasStatus);
        Assert.Null(sent.Refs);
    }

    [Fact]
    public void Delete_Pod_CarriesReasonUidAndKindAlone()
    {
        var pod = Things.Pod("web-1", "10.0.0.7");
        Assert.Equal(
            new Event { Reason = "Delete", Uid = pod.Uid.ToString(), Kind = "Pod" }.ToByteArray(), Rendered.Bytes(EventReason.Delete, pod));
    }

    [Fact]
    public void Create_LongTexts_HaveRightLengths()
    {
        foreach (var length in new[] { 1, 100, 127, 128, 129, 16_383, 16_384, 100_000 })
        {
            var resource = Things.Of(ResourceKind.Service, "s").Labelled("x", new string('y', length));
            Assert.Contains(new string('y', length), Rendered.Event(EventReason.Update, resource).Meta, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Create_UidAndTextsThatAreNotValidText_AreReplacedSoThatUtf8IsValid()
    {
        var pod = Things.Pod("web\ud83d");
        pod = pod with { Resource = (Pod)pod.Resource with { Uid = Uid.Parse("u\ud83d<"), Ip = "\udc00" } };
        var bytes = Rendered.Bytes(EventReason.Create, pod.RefersTo([("Kind\ud83d", Uid.Parse("\ud83d"))]));
        var sent = Event.Parser.ParseFrom(bytes);
        Assert.Equal("u\ufffd<", sent.Uid);
        Assert.Equal("""{"name":"web\ufffd","namespace":"default","uid":"u\ufffd\u003c"}""", sent.Meta);
        Assert.Equal("""{"podIP":"\ufffd"}""", sent.Status);
        Assert.Equal("\ufffd", sent.Refs.Resources["Kind\ufffd"].List.Single());
        Assert.Equal(sent, Event.Parser.ParseFrom(sent.ToByteArray()));
        foreach (var text in new[] { sent.Uid, sent.Meta, sent.Status }) Assert.Equal(text, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)));
    }

    [Fact]
    public void Fits_ManyReferences_TellsTheLimitApart()
    {
        var services = Enumerable.Range(0, 120_000).Select(number => ("Service", Uid.Parse($"{number:x8}-0000-0000-0000-000000000001"))).ToArray();
        Assert.True(EventSize.Fits(Things.Pod("web").RefersTo(services[..100_000])));
        Assert.True(Rendered.Bytes(EventReason.Create, Things.Pod("web").RefersTo(services[..100_000])).Length <= EventSize.Limit);
        Assert.False(EventSize.Fits(Things.Pod("web").RefersTo(services)));
        Assert.True(Rendered.Bytes(EventReason.Create, Things.Pod("web").RefersTo(services)).Length > EventSize.Limit);
    }

    [Fact]
    public void BodyCache_SameVersionTwice_IsRenderedOnce()
    {
        var cache = new BodyCache(16);
        var scratch = new WireBuffer();
        var service = Things.Of(ResourceKind.Service, "web");
        var first = cache.BodyOf(service, scratch);
        Assert.True(first.Equals(cache.BodyOf(service, scratch)));
        Assert.True(first.Equals(cache.BodyOf(service with { }, scratch)));
        Assert.False(first.Equals(cache.BodyOf(service.Labelled("a", "b"), scratch)));
        for (var i = 0; i < 100; i++)
        {
            var other = Things.Of(ResourceKind.Service, $"web-{i}");
            Assert.Contains($"\"web-{i}\"", Encoding.UTF8.GetString(cache.BodyOf(other, scratch).Span), StringComparison.Ordinal);
        }
    }
}
