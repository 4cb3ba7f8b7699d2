using MetaCollector.Conversation.Diagnostics;
using MetaCollector.Conversation.Receiving;
using MetaCollector.Conversation.Sharing;
using MetaCollector.Gateway.Nodes;
using MetaCollector.Gateway.Rendering;
using MetaCollector.Gateway.Streams;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Gateway;

/// <summary>What an event costs in allocations on its way through the gateway. They are repeatable, times are not.</summary>
public sealed class AllocationTests
{
    [Fact]
    public void EventBody_OfAPod_AllocatesNothing()
    {
        var pod = Things.Pod("web-1", "10.0.0.1").Labelled("app", "web").RefersTo(Things.Of(ResourceKind.ReplicaSet, "web"));
        var buffer = new WireBuffer(4096);
        Assert.Equal(0, Allocations.PerRound(() =>
        {
            buffer.Clear();
            EventBody.Write(buffer, pod);
        }));
    }

    [Fact]
    public void BodyCache_VersionInIt_AllocatesNothing()
    {
        var service = Things.Of(ResourceKind.Service, "web");
        var (cache, scratch) = (new BodyCache(), new WireBuffer());
        Assert.Equal(0, Allocations.PerRound(() => cache.BodyOf(service, scratch)));
    }

    [Fact]
    public void StreamState_UpdateOfAPod_AllocatesNothing()
    {
        var set = Things.Of(ResourceKind.ReplicaSet, "web");
        var versions = new[] { Things.Pod("web").RefersTo(set), Things.Pod("web", "10.0.0.1").RefersTo(set) };
        var content = new UidSortedSet<NodeResource>();
        content.Put(set);
        content.Put(versions[1]);
        var stream = new StreamState(ResourceKinds.Standard);
        stream.Start(content, 1);
        var round = 0;
        Assert.Equal(0, Allocations.PerRound(() =>
        {
            var (now, before) = (versions[round % 2], versions[++round % 2]);
            content.Put(now);
            stream.Mark(new ContentChange(now.Uid, before, now), 1, 1);
            while (stream.TryNext(content, out _))
            {
            }
        }));
    }

    [Fact]
    public void NodeContent_UpdateOfAPod_AllocatesNothing()
    {
        // As the silo's own grains send them.
        var versions = Array.ConvertAll([Things.Pod("web"), Things.Pod("web", "10.0.0.1")], Pools.Versions.Share);
        var batches = Enumerable.Range(1, Allocations.AllRounds).Select(number => new Batch<SliceChange>
        {
            Namespace = "default", Previous = new Position(1, number - 1), Position = new Position(1, number), IsSnapshot = number == 1,
            Changes = [new SliceChange(versions[0].Uid, versions[number % 2], null)],
        }).ToArray();
        var content = new NodeContent(_ => { }, Pools.Versions);
        var round = 0;
        Assert.Equal(0, Allocations.PerRound(() => content.Receive(batches[round++])));
    }

    [Fact]
    public void ChangeTrace_NobodyListens_AllocatesNothing()
    {
        var batch = new Batch<SliceChange> { Namespace = "default", Position = new Position(1, 1), Changes = [] };
        Assert.Equal(0, Allocations.PerRound(() =>
        {
            using var begun = ChangeTrace.Begin();
            using var continued = ChangeTrace.Continue("step", ref batch);
            if (begun is not null || continued is not null || ChangeTrace.Current is not null) throw new InvalidOperationException("something is traced");
        }));
    }
}
