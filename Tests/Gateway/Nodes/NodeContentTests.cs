using MetaCollector.Gateway.Nodes;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;
using MetaCollector.Tests.Support;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MetaCollector.Tests.Gateway.Nodes;

/// <summary>What a view makes of batches, one case at a time.</summary>
public sealed class NodeContentTests
{
    private readonly List<NodeResource> _oversized = [];
    private readonly NodeContent _content;

    public NodeContentTests() => _content = new NodeContent(_oversized.Add, Pools.Versions);

    [Fact]
    public void Receive_Snapshot_ReplacesTheSliceOfItsNamespaceAlone()
    {
        Snapshot("a", 1, Things.Pod("x").In("a"), Things.Pod("y").In("a"));
        Snapshot("b", 1, Things.Pod("z").In("b"));
        Snapshot("a", 2, Things.Pod("y").In("a"), Things.Pod("w").In("a"));
        Assert.Equal(["w", "y", "z"], Names());
        Assert.Equal(["-x", "+w"], Changes());
    }

    [Fact]
    public void Receive_PodReplacedUnderItsName_TellsTheOldOneFirst()
    {
        var old = Things.Pod("db-0");
        var next = old with { Resource = old.Resource with { Uid = Things.UidOf("pod", "other") } };
        Snapshot("default", 1, old, Things.Of(ResourceKind.Service, "db"));
        Change("default", 1, 2,
            new SliceChange(Things.Of(ResourceKind.Service, "db").Uid, null, null), new SliceChange(next.Uid, next, null), new SliceChange(old.Uid, null, null));
        Assert.Equal(["-db-0", "+db-0", "-db"], Changes());
    }

    [Fact]
    public void Receive_ReferencesAlone_ChangeThoseOfTheHeldPod()
    {
        var set = Things.Of(ResourceKind.ReplicaSet, "web");
        var pod = Things.Pod("web", "10.0.0.1");
        Snapshot("default", 1, pod);
        Change("default", 1, 2, new SliceChange(pod.Uid, null, pod.RefersTo(set).References));
        Assert.True(_content.Resources.Find(pod.Uid)!.LooksLike(pod.RefersTo(set)));
    }

    [Fact]
    public void Receive_ReferencesOfAPodNotHeld_NeedsASnapshotWhichIsThenTaken()
    {
        var pod = Things.Pod("web");
        Snapshot("default", 1);
        var receipt = Change("default", 1, 2, new SliceChange(pod.Uid, null, pod.References));
        Assert.Equal(new Receipt(Verdict.SnapshotNeeded, Position.None), receipt);
        Assert.False(_content.Holds([new NamespacePosition("default", new Position(1, 2))]));
        // At the very position that it seemed to hold.
        Assert.Equal(Verdict.Accepted, Snapshot("default", 2, pod).Verdict);
        Assert.Equal(["web"], Names());
        Assert.True(_content.Holds([new NamespacePosition("default", new Position(1, 2))]));
    }

    [Fact]
    public void Receive_Gap_NeedsASnapshotAndChangesNothing()
    {
        Snapshot("default", 1, Things.Pod("web"));
        Assert.Equal(Verdict.SnapshotNeeded, Change("default", 2, 3, new SliceChange(Things.Pod("web").Uid, null, null)).Verdict);
        Assert.Equal(["web"], Names());
        Assert.Empty(_content.Changes);
    }

    [Fact]
    public void Receive_EmptySnapshotThatIsNewer_RemovesItsNamespaceAlone_AndAnOlderOneDoesNot()
    {
        Snapshot("a", 5, Things.Pod("x").In("a"));
        Snapshot("b", 5, Things.Pod("y").In("b"));
        Snapshot("a", 4);
        Assert.Equal(["x", "y"], Names());
        Snapshot("a", 6);
        Assert.Equal(["y"], Names());
        Assert.Equal(["-x"], Changes());
    }

    [Fact]
    public void Positions_NamespaceEmptyForAMinute_IsForgotten_AndNotBefore()
    {
        var time = new FakeTimeProvider();
        Snapshot("a", 1, Things.Pod("x").In("a"));
        Snapshot("b", 1);
        Assert.Equal(["a", "b"], Held());
        time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(["a", "b"], Held());
        // A batch that was late all the while.
        Assert.Equal(Verdict.Accepted, Snapshot("b", 1, Things.Pod("y").In("b")).Verdict);
        Assert.Equal(["x"], Names());
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(["a"], Held());

        IEnumerable<string> Held() => _content.Positions(time).Select(held => held.Namespace).Order();
    }

    [Fact]
    public void Positions_NamespaceThatIsInhabitedAgain_IsKept()
    {
        var time = new FakeTimeProvider();
        Snapshot("a", 1);
        _content.Positions(time);
        Snapshot("a", 2, Things.Pod("x").In("a"));
        time.Advance(TimeSpan.FromMinutes(2));
        _content.Positions(time);
        Snapshot("a", 3);
        Assert.Equal("a", Assert.Single(_content.Positions(time)).Namespace);
    }

    [Fact]
    public void Holds_PositionNotHeld_SaysNo()
    {
        Snapshot("a", 1, Things.Pod("x").In("a"));
        Assert.False(_content.Holds([new NamespacePosition("a", new Position(1, 2))]));
        Assert.False(_content.Holds([new NamespacePosition("b", new Position(1, 1))]));
        Assert.Equal(["x"], Names());
    }

    [Fact]
    public void Holds_NewerPosition_SaysYes()
    {
        Snapshot("a", 5, Things.Pod("x").In("a"));
        Assert.True(_content.Holds([new NamespacePosition("a", new Position(1, 4))]));
    }

    [Fact]
    public void Receive_ResourceTooLarge_IsKeptOutAndGoneIfItWasThere()
    {
        var service = Things.Of(ResourceKind.Service, "web");
        Snapshot("default", 1, service, Things.Pod("x"));
        var large = service.Labelled("filler", new string('x', 5_000_000));
        Change("default", 1, 2, new SliceChange(service.Uid, large, null));
        Assert.Equal(["x"], Names());
        Assert.Equal(["-web"], Changes());
        Assert.Equal(large, Assert.Single(_oversized));
        Change("default", 2, 3, new SliceChange(service.Uid, service, null));
        Assert.Equal(["+web"], Changes());
    }

    [Fact]
    public void Receive_SomethingThatLooksTheSame_IsNoChange()
    {
        var pod = Things.Pod("web");
        Snapshot("default", 1, pod);
        Change("default", 1, 2, new SliceChange(pod.Uid, pod with { }, null));
        Assert.Empty(_content.Changes);
    }

    private Receipt Snapshot(string @namespace, long number, params NodeResource[] resources) => _content.Receive(new Batch<SliceChange>
    {
        Namespace = @namespace, Position = new Position(1, number), IsSnapshot = true,
        Changes = [.. resources.Select(resource => new SliceChange(resource.Uid, resource, null))],
    });

    private Receipt Change(string @namespace, long previous, long number, params SliceChange[] changes) => _content.Receive(new Batch<SliceChange>
    {
        Namespace = @namespace, Previous = new Position(1, previous), Position = new Position(1, number), Changes = changes,
    });

    private IEnumerable<string> Names() => _content.Resources.Select(resource => resource.Resource.Name).Order();

    private IEnumerable<string> Changes() => _content.Changes.Select(change =>
        change.After is { } after ? (change.Before is null ? "+" : "~") + after.Resource.Name : "-" + change.Before!.Resource.Name);
}
