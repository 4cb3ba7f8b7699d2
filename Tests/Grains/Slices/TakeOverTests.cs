using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;
using MetaCollector.Grains.Slices;
using MetaCollector.Testing.Oracle;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Grains.Slices;

/// <summary>What a new activation of a namespace's grain sends to a node that another activation told something.</summary>
public sealed class TakeOverTests
{
    private const string Node = "node-a";

    private static readonly KindSet Watched = ResourceKinds.Standard;

    private readonly NamespaceState _before = new("shop", Pools.Versions);
    private readonly NamespaceState _after = new("shop", Pools.Versions);
    private readonly HashSet<string> _due = [];

    [Fact]
    public void Moved_NothingHappenedMeanwhile_SendsNothing_AndGoesOnWithChanges()
    {
        Feed(_before, 3, Pod("web"));
        Deliver(_before, 3);

        _after.TakeOver(_before.Told);
        Feed(_after, 3, Pod("web"));
        Assert.Empty(_due);
        Assert.Equal(At(3), _after.Verify(Node, At(3), default));

        Change(_after, 3, 4, Pod("web") with { Labels = LabelSet.Of([new("app", "web")]) });
        var batch = _after.NodeOf(Node).Take();
        Assert.Equal((At(3), At(4), false, 1), (batch!.Previous, batch.Position, batch.IsSnapshot, batch.Changes.Length));
    }

    [Fact]
    public void Moved_SomethingHappenedMeanwhile_SendsASnapshot()
    {
        Feed(_before, 3, Pod("web"));
        Deliver(_before, 3);

        _after.TakeOver(_before.Told);
        Feed(_after, 4);
        Assert.Equal([Node], _due);
        Assert.True(_after.NodeOf(Node).Take()!.IsSnapshot);
    }

    [Fact]
    public void Moved_ANodeWasNotToldEverything_SendsASnapshot()
    {
        Feed(_before, 3, Pod("web"));

        _after.TakeOver(_before.Told);
        Feed(_after, 3, Pod("web"));
        Assert.Equal([Node], _due);
        Assert.True(_after.NodeOf(Node).Take()!.IsSnapshot);
    }

    [Fact]
    public void MovedTwice_BeforeTheFirstOneWasFed_SomethingHappenedMeanwhile_SendsASnapshot()
    {
        Feed(_before, 3, Pod("web"), Pod("api"));
        Deliver(_before, 3);
        var between = new NamespaceState("shop", Pools.Versions);
        between.TakeOver(_before.Told);

        _after.TakeOver(between.Told);
        Feed(_after, 4, Pod("web"));
        Assert.True(_after.NodeOf(Node).Take()!.IsSnapshot);
    }

    [Fact]
    public void Lost_TheNodeHoldsWhatTheNewOneHolds_SendsNothing()
    {
        Feed(_after, 3, Pod("web"));
        _due.Clear();

        Assert.Equal(At(3), _after.Verify(Node, At(3), default));
        Assert.Null(_after.NodeOf(Node).Take());
    }

    [Fact]
    public void Lost_TheNodeAsksBeforeTheNewOneIsFed_ItIsNotCurrent_AndIsSentNothingIfItWas()
    {
        Assert.Equal(Position.None, _after.Verify(Node, At(3), default));

        Feed(_after, 3, Pod("web"));
        Assert.Null(_after.NodeOf(Node).Take());
        Assert.Equal(At(3), _after.Verify(Node, At(3), default));
    }

    [Fact]
    public void Lost_TheNodeHoldsSomethingOlder_SendsASnapshot()
    {
        Feed(_after, 4, Pod("web"));

        Assert.Equal(Position.None, _after.Verify(Node, At(3), default));
        Assert.True(_after.NodeOf(Node).Take()!.IsSnapshot);
    }

    private static Pod Pod(string name) => Objects.Pod(name).On(Node) with { Namespace = "shop" };

    private static Position At(long number) => new(1, number);

    private void Feed(NamespaceState state, long at, params Resource[] all)
    {
        _due.Clear();
        state.Receive(new Batch<ResourceChange>
        {
            Namespace = "shop", Position = At(at), IsSnapshot = true, Changes = [.. all.Select(resource => new ResourceChange(resource.Uid, resource))],
        }, Watched, _due);
    }

    private void Change(NamespaceState state, long from, long to, Resource changed) => state.Receive(new Batch<ResourceChange>
    {
        Namespace = "shop", Previous = At(from), Position = At(to), Changes = [new ResourceChange(changed.Uid, changed)],
    }, Watched, _due);

    private static void Deliver(NamespaceState state, long at)
    {
        Assert.NotNull(state.NodeOf(Node).Take());
        state.NodeOf(Node).Complete(new Receipt(Verdict.Accepted, At(at)));
    }
}
