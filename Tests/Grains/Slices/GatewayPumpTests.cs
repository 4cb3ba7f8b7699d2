using System.Net;
using MetaCollector.Conversation.Sending;
using MetaCollector.Grains.Interfaces;
using MetaCollector.Grains.Interfaces.Leadership;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;
using MetaCollector.Grains.Slices;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Grains.Slices;

/// <summary>How a gateway is told, while it fails, refuses and is told more than a message holds.</summary>
public sealed class GatewayPumpTests : INodeObserver
{
    private static readonly NamespacePosition[] First = [new("default", new Position(1, 1))];

    private readonly NodeState _node = new(Pools.Versions);
    private readonly NodeSlice _held = new(Pools.Versions);
    private readonly GatewayPump _observer;
    private readonly List<Batch<SliceChange>> _received = [];
    private int _completions;

    public GatewayPumpTests()
    {
        _observer = new GatewayPump(this, SiloAddress.New(IPAddress.Loopback, 11111, 1), _node, new HastyTime(), new FaultsSeen().Faults, "node-a");
        _node.Renew(_observer.Outgoing, []);
    }

    /// <summary>How many messages are lost from now on.</summary>
    private int Lost { get; set; }

    /// <summary>How many messages arrive before one is lost.</summary>
    private int Before { get; set; }

    /// <summary>How often completeness is denied.</summary>
    private int Denied { get; set; }

    Task INodeObserver.RenewAsync() => Task.CompletedTask;

    public Task<GatewayReceipt> ReceiveAsync(Batch<SliceChange>[] batches, NamespacePosition[]? complete)
    {
        if (Before-- <= 0 && Lost-- > 0) throw new TimeoutException();
        _received.AddRange(batches);
        Receipt[] receipts = [.. batches.Select(batch => _held.Receive(batch, []))];
        var isComplete = complete is not null && Denied-- <= 0;
        if (isComplete) _completions++;
        return Task.FromResult(new GatewayReceipt(receipts, isComplete));
    }

    [Fact]
    public async Task Kick_NodeIsNotComplete_TellsANewGatewayNothingAndThenEverything()
    {
        Tell(Things.Pod("web-1"));
        await KickAsync();
        Assert.Empty(_received);

        _node.Expect(new NodeInventory(1, First));
        await KickAsync();

        Assert.Single(_received);
        Assert.Equal((1, 1), (_held.Count, _completions));
    }

    [Fact]
    public async Task Send_Fails_AllOfItIsSentAgain()
    {
        Tell(Things.Pod("web-1"), Things.Pod("web-2"));
        _node.Expect(new NodeInventory(1, First));
        Lost = 2;
        await KickAsync();

        Assert.Single(_received);
        Assert.Equal((2, 1), (_held.Count, _completions));
    }

    [Fact]
    public async Task Send_OneOfManyPartsIsLost_AllOfItIsSentAgain()
    {
        // Each takes more than half of a message.
        var large = new string('x', BatchParts.MaxBytes * 2 / 3);
        Tell([.. Enumerable.Range(0, 4).Select(i => Things.Pod($"web-{i}").Labelled("text", large))]);
        _node.Expect(new NodeInventory(1, First));
        (Before, Lost) = (2, 1);
        await KickAsync();

        Assert.Equal([0, 1, 0, 1, 2, 3], _received.Select(batch => batch.Part));
        Assert.Equal((4, 1), (_held.Count, _completions));
        Assert.Equal(First, _observer.Outgoing.Acknowledged());
    }

    [Fact]
    public async Task Complete_Denied_IsToldEverythingAgainBeforeItIsSaidAgain()
    {
        Tell(Things.Pod("web-1"));
        _node.Expect(new NodeInventory(1, First));
        Denied = 1;
        await KickAsync();

        Assert.Equal([true, true], _received.Select(batch => batch.IsSnapshot));
        Assert.Equal(1, _completions);
    }

    [Fact]
    public async Task Renew_GatewayHasForgottenWhatIsEmpty_IsNotToldOfItAgainAndTheSliceGoes()
    {
        Tell(Things.Pod("web-1"));
        _node.Expect(new NodeInventory(1, First));
        await KickAsync();
        _node.Receive(new Batch<SliceChange> { Namespace = "default", Position = new Position(1, 2), IsSnapshot = true, Changes = [] });
        _node.Renew(_observer.Outgoing, [new NamespacePosition("default", _held.Position)]);
        await KickAsync();
        Assert.Equal(0, _held.Count);
        var told = _received.Count;

        _node.Renew(_observer.Outgoing, []);
        await KickAsync();
        Assert.Equal(told, _received.Count);

        _node.ForgetEmptySlices([]);
        Assert.Empty(_node.Positions);
    }

    private void Tell(params NodeResource[] content) => _node.Receive(new Batch<SliceChange>
    {
        Namespace = "default", Position = First[0].Position, IsSnapshot = true, Changes = [.. content.Select(resource => new SliceChange(resource.Uid, resource, null))],
    });

    private async Task KickAsync()
    {
        _observer.Kick();
        await Eventually.HoldsAsync(() => _observer.IsIdle, "the gateway was told");
    }
}
