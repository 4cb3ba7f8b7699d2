using System.Buffers;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Informer.Decoding;
using MetaCollector.Informer.Storing;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Informer;

/// <summary>What a change that the API server tells of costs the informer in allocations. Raise a budget only with a reason.</summary>
public sealed class AllocationTests
{
    [Fact]
    public void Decode_RecordedPod_AllocatesLessThanItsBytes()
    {
        var file = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Informer", "Decoding", "Recorded", "pod.pb"));
        var bytes = Envelope.TakeOff(new ReadOnlySequence<byte>(file));
        var decoder = new ObjectDecoder(Pools.Versions);
        // The addresses of pod and host, by which a subscriber is known to run on its node, take some 350 of it.
        Assert.InRange(Allocations.PerRound(() => decoder.Decode(ResourceKind.Pod, bytes)), 1, file.Length * 9 / 10);
    }

    [Fact]
    public void Store_TheSameAgain_AllocatesNothing()
    {
        var store = new ResourceStore(ResourceKinds.Standard, TimeProvider.System);
        var pod = Pod("10.0.0.1");
        store.Set(pod);
        Assert.Equal(0, Allocations.PerRound(() => store.Set(store.Canonical(pod))));
    }

    [Fact]
    public void Store_AnotherAddress_AllocatesNothing()
    {
        var store = new ResourceStore(ResourceKinds.Standard, TimeProvider.System);
        var versions = new[] { Pod("10.0.0.1"), Pod("10.0.0.2") };
        var round = 0;
        Assert.Equal(0, Allocations.PerRound(() => store.Set(versions[round++ % 2])));
    }

    private static Pod Pod(string ip) => new()
    {
        Kind = ResourceKind.Pod, Uid = Uid.Parse("2f0e0d0c-0b0a-4908-8706-050403020100"), Namespace = "shop", Name = "web", Node = "node-a", Ip = ip,
    };
}
