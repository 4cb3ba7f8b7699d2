using MetaCollector.Conversation.Receiving;
using MetaCollector.Conversation.Sending;
using MetaCollector.Grains.Interfaces.Positions;
using Xunit;

namespace MetaCollector.Tests.Conversation.Receiving;

public sealed class InboxTests
{
    private static readonly Position P1 = new(1, 1), P2 = new(1, 2), P3 = new(1, 3);

    private readonly Inbox<string> _inbox = new();

    [Fact]
    public void Receive_Snapshot_IsAppliedWhateverIsHeld()
    {
        Assert.Equal(["a"], Receive(Snapshot(P1, "a"), Verdict.Accepted, P1)!);
        Assert.Equal(["b"], Receive(Snapshot(P3, "b"), Verdict.Accepted, P3)!);
    }

    [Fact]
    public void Receive_BuildsOnWhatIsHeld_IsApplied()
    {
        Receive(Snapshot(P1), Verdict.Accepted, P1);
        Assert.Equal(["a"], Receive(Changes(P1, P2, "a"), Verdict.Accepted, P2)!);
    }

    [Fact]
    public void Receive_BuildsOnSomethingElse_NeedsSnapshot()
    {
        Receive(Snapshot(P1), Verdict.Accepted, P1);
        Assert.Null(Receive(Changes(P2, P3, "a"), Verdict.SnapshotNeeded, P1));
    }

    [Fact]
    public void Receive_HoldsNothing_NeedsSnapshot() => Assert.Null(Receive(Changes(P1, P2, "a"), Verdict.SnapshotNeeded, Position.None));

    [Fact]
    public void Receive_RepeatedOrOlder_IsIgnoredAndAcknowledged()
    {
        Receive(Snapshot(P2), Verdict.Accepted, P2);
        Assert.Null(Receive(Changes(P1, P2, "a"), Verdict.Accepted, P2));
        Assert.Null(Receive(Snapshot(P1, "a"), Verdict.Accepted, P2));
    }

    [Fact]
    public void Receive_NewerTermWithSmallerNumber_IsNewer()
    {
        Receive(Snapshot(P3), Verdict.Accepted, P3);
        Assert.Equal(["a"], Receive(Snapshot(new Position(2, 1), "a"), Verdict.Accepted, new Position(2, 1))!);
    }

    [Fact]
    public void Receive_Parts_AreAppliedTogetherWithTheLast()
    {
        var parts = Parts(Snapshot(P1, "a", "b", "c"));

        Assert.Null(Receive(parts[0], Verdict.Accepted, Position.None));
        Assert.Null(Receive(parts[1], Verdict.Accepted, Position.None));
        Assert.Equal(["a", "b", "c"], Receive(parts[2], Verdict.Accepted, P1)!);
    }

    [Fact]
    public void Receive_PartMissing_NeedsSnapshot()
    {
        var parts = Parts(Snapshot(P1, "a", "b", "c"));

        Receive(parts[0], Verdict.Accepted, Position.None);
        Assert.Null(Receive(parts[2], Verdict.SnapshotNeeded, Position.None));
    }

    [Fact]
    public void Receive_FirstPartAgain_BeginsAnew()
    {
        var parts = Parts(Snapshot(P1, "a", "b"));

        Receive(parts[0], Verdict.Accepted, Position.None);
        Receive(parts[0], Verdict.Accepted, Position.None);
        Assert.Equal(["a", "b"], Receive(parts[1], Verdict.Accepted, P1)!);
    }

    [Fact]
    public void Receive_PartsOfTwoProducers_AreNotMixed()
    {
        // The same content at the same position, but in another order: one half of each would be a part of it twice.
        var one = Parts(Snapshot(P1, "a", "b"));
        var other = Parts(Snapshot(P1, "b", "a"));

        Receive(one[0], Verdict.Accepted, Position.None);
        Assert.Null(Receive(other[1], Verdict.SnapshotNeeded, Position.None));
    }

    [Fact]
    public void Receive_ContentThatDoesNotFit_HoldsNothingAndNeedsSnapshot()
    {
        Receive(Snapshot(P1), Verdict.Accepted, P1);

        Assert.Equal(new Receipt(Verdict.SnapshotNeeded, Position.None), _inbox.Receive(Changes(P1, P2, "a"), 0, (_, _, _) => false));
        Assert.Null(Receive(Changes(P2, P3, "b"), Verdict.SnapshotNeeded, Position.None));
        Assert.Equal(["c"], Receive(Snapshot(P3, "c"), Verdict.Accepted, P3)!);
    }

    [Fact]
    public void Receive_ApplyThrows_HoldsNothingAndTheExceptionIsTheCallers()
    {
        Receive(Snapshot(P1), Verdict.Accepted, P1);

        Assert.Throws<InvalidTimeZoneException>(() => _inbox.Receive(Changes(P1, P2, "a"), 0, (_, _, _) => throw new InvalidTimeZoneException()));

        Assert.True(_inbox.Held.IsNone);
        Assert.Null(Receive(Changes(P2, P3, "b"), Verdict.SnapshotNeeded, Position.None));
        Assert.Equal(["c"], Receive(Snapshot(P2, "c"), Verdict.Accepted, P2)!);
    }

    private static Batch<string> Snapshot(Position position, params string[] changes) =>
        new() { Namespace = "shop", Position = position, IsSnapshot = true, Changes = changes };

    private static Batch<string> Changes(Position previous, Position position, params string[] changes) =>
        new() { Namespace = "shop", Previous = previous, Position = position, Changes = changes };

    private static Batch<string>[] Parts(Batch<string> batch) => [.. BatchParts.Split(batch, _ => 1, maxBytes: 1)];

    private string[]? Receive(Batch<string> batch, Verdict verdict, Position held)
    {
        string[]? changes = null;
        var receipt = _inbox.Receive(batch, batch, (_, _, applied) =>
        {
            Assert.True(_inbox.Held.IsNone, "its position counts as held before it is applied");
            changes = applied;
            return true;
        });
        Assert.Equal(new Receipt(verdict, held), receipt);
        Assert.Equal(held, _inbox.Held);
        return changes;
    }
}
