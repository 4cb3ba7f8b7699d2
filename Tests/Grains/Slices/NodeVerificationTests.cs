using MetaCollector.Grains.Interfaces.Leadership;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;
using MetaCollector.Grains.Slices;
using MetaCollector.Testing.Oracle;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Grains.Slices;

/// <summary>Which namespaces a node asks whether what it holds of them is current.</summary>
public sealed class NodeVerificationTests
{
    private readonly NodeState _node = new(Pools.Versions);

    [Fact]
    public void ToVerify_SliceAtTheLeadersPosition_IsNotAsked()
    {
        Receive("shop", 3);

        Assert.Empty(ToVerify(("shop", 3)));
    }

    [Fact]
    public void ToVerify_NamespaceThatMoved_IsAskedUntilItConfirms()
    {
        Receive("shop", 3);
        Assert.Equal(["shop"], ToVerify(("shop", 7)));

        _node.Confirm("shop", At(3), At(7));

        Assert.Empty(ToVerify(("shop", 7)));
        Assert.Equal(["shop"], ToVerify(("shop", 8)));
    }

    [Fact]
    public void ToVerify_ConfirmationOfWhatIsNoLongerHeld_CountsForNothing()
    {
        Receive("shop", 3);
        Receive("shop", 5);

        _node.Confirm("shop", At(3), At(7));

        Assert.Equal(["shop"], ToVerify(("shop", 7)));
    }

    [Fact]
    public void ToVerify_NamespaceThatIsNotHeld_IsAsked_AndOneThatIsNotNamedIsNot()
    {
        Receive("gone", 3);

        Assert.Equal(["new"], ToVerify(("new", 1)));
    }

    [Fact]
    public void Expect_NamespaceThatIsNotNamed_IsEmptyAsOfThatInventory_ButWhatIsNewerStays()
    {
        Receive("gone", 3, PodIn("gone"));
        Receive("newer", 9, PodIn("newer"));

        _node.Expect(new NodeInventory(1, []) { AsOf = At(7) });

        Assert.Equal([new NamespacePosition("gone", At(7)), new NamespacePosition("newer", At(9))], _node.Positions);
        Assert.Equal(1, _node.Inspect().Slices.Sum(slice => slice.Count));
    }

    [Fact]
    public void Expect_NamespaceThatIsGone_AndThatItsGatewayForgot_IsForgottenByTheNodeToo()
    {
        var gateway = new GatewayOutgoing();
        Receive("gone", 3, PodIn("gone"));
        _node.Renew(gateway, []);
        Tell(gateway, 3);
        _node.Expect(new NodeInventory(1, []) { AsOf = At(7) });
        Tell(gateway, 7);
        _node.Renew(gateway, [new NamespacePosition("gone", At(7))]);
        _node.Expect(new NodeInventory(1, []) { AsOf = At(8) });
        _node.ForgetEmptySlices([]);
        Assert.Single(_node.Positions);

        _node.Renew(gateway, []);
        _node.Expect(new NodeInventory(1, []) { AsOf = At(9) });
        Assert.Empty(gateway.Take());
        _node.ForgetEmptySlices([]);

        Assert.Empty(_node.Positions);
        Assert.Empty(gateway.Slices);
    }

    [Fact]
    public void ToVerify_NewTerm_IsAsked()
    {
        Receive("shop", 3);

        Assert.Equal(["shop"], _node.ToVerify([new NamespacePosition("shop", new Position(2, 1))]));
    }

    [Fact]
    public void ToVerify_ASiloDied_EachIsAskedUntilItConfirms()
    {
        Receive("shop", 3);
        Receive("bank", 4);
        _node.DoubtSlices();
        Assert.Equal(["shop", "bank"], ToVerify(("shop", 3), ("bank", 4)));

        _node.Confirm("shop", At(3), At(3));
        _node.Confirm("bank", At(4), Position.None);
        Assert.Equal(["bank"], ToVerify(("shop", 3), ("bank", 4)));

        // Told by who may have died since: it has to be asked all the same.
        Receive("bank", 5);
        Assert.Equal(["bank"], ToVerify(("shop", 3), ("bank", 5)));
    }

    private IReadOnlyList<string> ToVerify(params (string Name, long Number)[] inventory) =>
        _node.ToVerify([.. inventory.Select(slice => new NamespacePosition(slice.Name, At(slice.Number)))]);

    private void Receive(string name, long number, params NodeResource[] content) => _node.Receive(new Batch<SliceChange>
    {
        Namespace = name, Position = At(number), IsSnapshot = true, Changes = [.. content.Select(resource => new SliceChange(resource.Uid, resource, null))],
    });

    private static void Tell(GatewayOutgoing gateway, long number)
    {
        var part = Assert.Single(gateway.Take());
        Assert.Equal(At(number), part.Batch.Position);
        part.Slice.Complete(new Receipt(Verdict.Accepted, part.Batch.Position));
    }

    private static NodeResource PodIn(string name) => new(Objects.Pod("web-1").On("node-a") with { Namespace = name }, null);

    private static Position At(long number) => new(1, number);
}
