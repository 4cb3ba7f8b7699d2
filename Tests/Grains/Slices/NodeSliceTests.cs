using MetaCollector.Conversation.Receiving;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;
using MetaCollector.Grains.Slices;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Grains.Slices;

/// <summary>
/// What a node goes on to hold of a kind of which its namespace's grain knows nothing, and when that has to be set right by a snapshot.
/// </summary>
public sealed class NodeSliceTests
{
    private static readonly KindSet ReplicaSets = KindSet.Of(ResourceKind.ReplicaSet);
    private static readonly NodeResource Owner = Things.Of(ResourceKind.ReplicaSet, "web");
    private static readonly NodeResource Pod = Things.Pod("web-1").RefersTo(Owner);

    private readonly NodeSlice _slice = new(Pools.Versions);
    private readonly List<ContentChange> _changed = [];
    private long _number;

    public NodeSliceTests() => Assert.Equal(Verdict.Accepted, Snapshot(default, Pod, Owner));

    [Fact]
    public void Receive_SnapshotOfWhoKnowsNothingOfAKind_KeepsItAndTellsNobody()
    {
        Assert.Equal(Verdict.Accepted, Snapshot(ReplicaSets, Pod));

        Assert.True(_slice.Keeps);
        Assert.NotNull(_slice.Find(Owner.Uid));
        Assert.Empty(_changed);
    }

    [Fact]
    public void Receive_ChangeOfWhoKnowsTheKindAgain_NeedsASnapshotSinceWhatWasKeptMayBeGone()
    {
        Snapshot(ReplicaSets, Pod);

        Assert.Equal(Verdict.Accepted, Change(ReplicaSets, Pod.Labelled("app", "web")));
        Assert.Equal(Verdict.SnapshotNeeded, Change(default, Pod.Labelled("app", "shop")));
        Assert.Equal(Verdict.Accepted, Snapshot(default, Pod));

        Assert.False(_slice.Keeps);
        Assert.Null(_slice.Find(Owner.Uid));
    }

    [Fact]
    public void Receive_PodWhoseServiceCannotBeKnown_KeepsTheReferenceUntilASnapshotOfWhoKnows()
    {
        var services = KindSet.Of(ResourceKind.Service);
        var service = Things.Of(ResourceKind.Service, "web");
        var served = Pod.RefersTo(Owner, service);
        Snapshot(default, served, Owner, service);

        Assert.Equal(Verdict.Accepted, Change(services, Pod.Labelled("app", "web")));
        Assert.True(_slice.Find(Pod.Uid)!.References!.Contains(service.Uid));
        Assert.True(_slice.Keeps);
        Assert.Equal(Verdict.SnapshotNeeded, Change(default, Pod));
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void Receive_PodThatGoesWithItsNamespaceWhileItsOwnerCannotBeKnown_LeavesNothing_InWhateverOrder(bool podFirst, bool isSnapshot)
    {
        var space = Things.Namespace("default");
        var pod = Pod.RefersTo(Owner, space);
        NodeResource[] both = podFirst ? [pod, space] : [space, pod];
        _slice.Receive(new Batch<SliceChange> { Namespace = "default", Position = At(++_number), IsSnapshot = true, Changes = [] }, _changed);
        Snapshot(ReplicaSets, both);

        Assert.Equal(Verdict.Accepted, isSnapshot ? Snapshot(ReplicaSets) : Receive(ReplicaSets, isSnapshot: false, [.. both.Select(gone => new SliceChange(gone.Uid, null, null))]));

        Assert.Empty(_slice.All());
        Assert.False(_slice.Keeps);
    }

    [Fact]
    public void Receive_ReferencesOfWhatIsNotHeld_NeedASnapshot()
    {
        var unknown = Things.Pod("web-2");

        Assert.Equal(Verdict.SnapshotNeeded, Receive(default, isSnapshot: false, [new SliceChange(unknown.Uid, null, unknown.References)]));
    }

    [Fact]
    public void Confirm_OfWhatIsHeld_CountsAndOfAnythingElseDoesNot()
    {
        _slice.Confirm(At(_number), At(7));
        Assert.Equal(At(7), _slice.CurrentAt);
        _slice.Confirm(At(_number - 1), At(9));
        _slice.Confirm(At(_number), At(5));
        Assert.Equal(At(7), _slice.CurrentAt);
    }

    private static Position At(long number) => new(1, number);

    private Verdict Snapshot(KindSet unknown, params NodeResource[] content)
    {
        var verdict = Receive(unknown, isSnapshot: true, [.. content.Select(resource => new SliceChange(resource.Uid, resource, null))]);
        if (unknown.IsEmpty) _changed.Clear();
        return verdict;
    }

    private Verdict Change(KindSet unknown, NodeResource resource) => Receive(unknown, isSnapshot: false, [new SliceChange(resource.Uid, resource, null)]);

    private Verdict Receive(KindSet unknown, bool isSnapshot, SliceChange[] changes) => _slice.Receive(
        new Batch<SliceChange>
        {
            Namespace = "default", Previous = isSnapshot ? default : _slice.Position, Position = At(++_number), IsSnapshot = isSnapshot, Unknown = unknown, Changes = changes,
        },
        _changed).Verdict;
}
