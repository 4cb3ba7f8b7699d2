using MetaCollector.Conversation.Sending;
using MetaCollector.Grains.Interfaces.Positions;
using Xunit;

namespace MetaCollector.Tests.Conversation.Sending;

public sealed class OutboxTests
{
    private static readonly Position P1 = new(1, 1), P2 = new(1, 2), P3 = new(1, 3), P4 = new(1, 4);

    [Fact]
    public void Take_ProducerHoldsNothing_IsNull() => Assert.Null(new Outbox<string>().Take(Position.None));

    [Fact]
    public void Take_NothingIsKnownOfTheConsumer_IsASnapshot()
    {
        var outbox = new Outbox<string>();
        var shipment = outbox.Take(P1);

        Assert.True(shipment!.Value.IsSnapshot);
        Assert.Equal(P1, shipment.Value.Position);
    }

    [Fact]
    public void Take_NothingMarked_IsNull() => Assert.Null(new Outbox<string>(P1).Take(P2));

    [Fact]
    public void Take_KeyMarkedOften_IsInItOnce()
    {
        var outbox = new Outbox<string>(P1);
        for (var i = 0; i < 1000; i++) outbox.Mark("a");

        Assert.Equal(1, outbox.Pending);
        Assert.Equal(["a"], outbox.Take(P2)!.Value.Keys);
    }

    [Fact]
    public void Take_BatchInFlight_IsNullUntilAnswered()
    {
        var outbox = new Outbox<string>(P1);
        outbox.Mark("a");
        outbox.Take(P2);
        outbox.Mark("b");

        Assert.Null(outbox.Take(P3));
        Assert.True(outbox.Complete(new Receipt(Verdict.Accepted, P2)));
        var next = outbox.Take(P3)!.Value;
        Assert.Equal((P2, P3, false), (next.Previous, next.Position, next.IsSnapshot));
        Assert.Equal(["b"], next.Keys);
    }

    [Fact]
    public void Verify_SaidBeforeTheLastBatchLanded_NeedsNoSnapshot_AndSaidOnceMoreItDoes()
    {
        var outbox = new Outbox<string>(P1);
        outbox.Mark("a");
        outbox.Take(P2);
        outbox.Complete(new Receipt(Verdict.Accepted, P2));

        Assert.False(outbox.Verify(P1, Position.None, P2));
        Assert.False(outbox.IsSnapshotDue);
        Assert.True(outbox.Verify(P2, Position.None, P2));

        outbox.Verify(P1, Position.None, P2);
        Assert.True(outbox.IsSnapshotDue);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void Verify_HoldsNothingOrSomethingNewer_NeedsASnapshot(long number)
    {
        var outbox = new Outbox<string>(P2);

        Assert.False(outbox.Verify(number == 0 ? Position.None : new Position(1, number), Position.None, P4));
        Assert.True(outbox.IsSnapshotDue);
    }

    [Fact]
    public void Fail_BatchInFlight_ItsKeysAreDueAgain()
    {
        var outbox = new Outbox<string>(P1);
        outbox.Mark("a");
        outbox.Take(P2);
        outbox.Mark("b");
        outbox.Fail();

        var again = outbox.Take(P3)!.Value;
        Assert.Equal(P1, again.Previous);
        Assert.Equal(["a", "b"], again.Keys.Order());
    }

    [Fact]
    public void Fail_SnapshotInFlight_ASnapshotIsDueAgain()
    {
        var outbox = new Outbox<string>();
        outbox.Take(P1);
        outbox.Fail();

        Assert.True(outbox.Take(P1)!.Value.IsSnapshot);
    }

    [Fact]
    public void Complete_ConsumerNeedsEverything_ASnapshotIsDue()
    {
        var outbox = new Outbox<string>(P1);
        outbox.Mark("a");
        outbox.Take(P2);

        Assert.False(outbox.Complete(new Receipt(Verdict.SnapshotNeeded, Position.None)));
        Assert.True(outbox.Take(P2)!.Value.IsSnapshot);
    }

    [Fact]
    public void Complete_Refused_ItsKeysAreDueAgain()
    {
        var outbox = new Outbox<string>(P1);
        outbox.Mark("a");
        outbox.Take(P2);

        Assert.False(outbox.Complete(new Receipt(Verdict.Refused, P1, 7)));
        Assert.Equal(["a"], outbox.Take(P2)!.Value.Keys);
    }

    [Fact]
    public void Complete_ConsumerWasToldMoreByAnother_SnapshotOnceThisOneIsFurther()
    {
        // What was so at 3 and at 2 again is marked by nobody who goes from 2 to 4, and the consumer holds what was at 3.
        var outbox = new Outbox<string>(P1);
        outbox.Mark("a");
        outbox.Take(P2);
        outbox.Complete(new Receipt(Verdict.Accepted, P3));
        outbox.Mark("b");

        Assert.Null(outbox.Take(P2));
        Assert.True(outbox.Take(P4)!.Value.IsSnapshot);
    }

    [Fact]
    public void Complete_ConsumerWasToldByAnotherAndThisOneIsAsFar_GoesOnWithChanges()
    {
        var outbox = new Outbox<string>(P1);
        outbox.Mark("a");
        outbox.Take(P2);
        outbox.Mark("b");
        outbox.Complete(new Receipt(Verdict.Accepted, P3));

        Assert.Null(outbox.Take(P3));
        outbox.Mark("c");
        var next = outbox.Take(P4)!.Value;
        Assert.Equal((P3, false), (next.Previous, next.IsSnapshot));
        Assert.Equal(["c"], next.Keys);
    }

    [Fact]
    public void Verify_ConsumerHoldsWhatItAcknowledged_IsCurrent() => Assert.True(new Outbox<string>(P1).Verify(P1, Position.None, P2));

    [Fact]
    public void Verify_ConsumerHoldsSomethingElse_ASnapshotIsDue()
    {
        var outbox = new Outbox<string>(P2);

        Assert.False(outbox.Verify(Position.None, Position.None, P2));
        Assert.True(outbox.Take(P2)!.Value.IsSnapshot);
    }

    [Fact]
    public void Verify_ConsumerWaitsForAPositionWithoutChanges_GetsAnEmptyBatchThere()
    {
        var outbox = new Outbox<string>(P1);

        Assert.False(outbox.Verify(P1, P3, P2));
        Assert.Null(outbox.Take(P2));
        var shipment = outbox.Take(P3)!.Value;
        Assert.Equal((P1, P3, 0), (shipment.Previous, shipment.Position, shipment.Keys.Count));
        outbox.Complete(new Receipt(Verdict.Accepted, P3));
        Assert.True(outbox.Verify(P3, P3, P3));
    }

    [Fact]
    public void Mark_SeveralArrivals_TheOldestIsTold()
    {
        var outbox = new Outbox<string>(P1);
        outbox.Mark("a", 20);
        outbox.Mark("b", 10);
        outbox.Mark("c");

        Assert.Equal(10, outbox.Take(P2)!.Value.ArrivedAt);
    }
}
