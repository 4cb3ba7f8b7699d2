using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;
using MetaCollector.Grains.Relations;
using MetaCollector.Grains.Slices;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Grains;

/// <summary>What a changed pod costs the grains in allocations. Raise a budget only with a reason.</summary>
public sealed class AllocationTests
{
    private static readonly KindSet Watched = ResourceKinds.Standard.With(ResourceKind.EndpointSlice);

    [Fact]
    public void Relations_AnotherAddress_AllocatesTheVersionAndWhatItRefersTo()
    {
        var versions = new[] { Pod("10.0.0.1"), Pod("10.0.0.2") };
        var relations = new NamespaceRelations(Pools.Versions);
        var told = new List<NodeChange>();
        var round = 0;
        var change = new ResourceChange[1];
        Assert.InRange(Allocations.PerRound(() =>
        {
            told.Clear();
            change[0] = new ResourceChange(versions[0].Uid, versions[round++ % 2]);
            relations.Apply(change, Watched, whole: default, told.Add);
            relations.Find("node-a", versions[0].Uid);
        }), 1, 700);
    }

    [Fact]
    public void NodeConversation_AnotherAddress_AllocatesNothing()
    {
        var versions = new[] { new NodeResource(Pod("10.0.0.1"), null), new NodeResource(Pod("10.0.0.2"), null) };
        var batches = Enumerable.Range(1, Allocations.AllRounds).Select(number => new Batch<SliceChange>
        {
            Namespace = "shop", Previous = new Position(1, number - 1), Position = new Position(1, number), IsSnapshot = number == 1,
            Changes = [new SliceChange(versions[0].Uid, versions[number % 2], null)],
        }).ToArray();
        var node = new NodeState(Pools.Versions);
        var round = 0;
        Assert.Equal(0, Allocations.PerRound(() => node.Receive(batches[round++])));
    }

    private static Pod Pod(string ip) => new()
    {
        Kind = ResourceKind.Pod, Uid = Uid.Parse("2f0e0d0c-0b0a-4908-8706-050403020100"), Namespace = "shop", Name = "web", Node = "node-a", Ip = ip,
    };
}
