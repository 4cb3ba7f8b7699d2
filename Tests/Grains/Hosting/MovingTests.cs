using MetaCollector.Grains.Interfaces;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Placement;
using Orleans.Runtime.Placement;
using Xunit;

namespace MetaCollector.Tests.Grains.Hosting;

/// <summary>Grains on two real silos that go where they belong.</summary>
[Collection<SiloCollection>]
public sealed class MovingTests(SiloFixture silo)
{
    private readonly string _scope = $"ns-{Guid.NewGuid():N}";
    private readonly string _node = $"node-{Guid.NewGuid():N}";

    [Fact]
    public async Task NodeGrain_WhoseGatewayIsElsewhere_MovesThere_AndTheGatewayNeitherNoticesNorHasToRenew()
    {
        var (space, pod) = Pod("web-1");
        await silo.Leader.SetAsync(_scope, space, pod);
        var node = silo.Grains.GetGrain<INodeGrain>(_node);
        var observer = new RecordingObserver();
        await node.InspectAsync();
        var elsewhere = Other(await silo.FindAsync(node));
        await node.SubscribeAsync(silo.SubscriptionOf(observer, on: elsewhere));
        await observer.UntilAsync(o => o.Completions == 1, "complete");

        using var moving = silo.LetGrainsMove();
        await UntilAsync(async () => elsewhere.Equals(await silo.FindAsync(node)));

        Assert.Equal(1, (await node.InspectAsync()).Gateways);
        await silo.Leader.SetAsync(_scope, space, pod with { Ip = "10.0.0.1" });
        await observer.UntilAsync(o => o.Holds(pod with { Ip = "10.0.0.1" }), "the address");
        Assert.Equal(2, observer.Content().Count);
    }

    [Fact]
    public async Task ResourceGrain_ThatBelongsElsewhere_MovesThere_AndGoesOnToTellItsNodes()
    {
        var grain = silo.Grains.GetGrain<IResourceGrain>(_scope);
        var home = Rendezvous.Choose(grain.GetGrainId(), silo.Addresses);
        RequestContext.Set(IPlacementDirector.PlacementHintKey, Other(home));
        await grain.InspectAsync();
        RequestContext.Clear();
        Assert.Equal(Other(home), await silo.FindAsync(grain));
        var (space, pod) = Pod("web-1");
        await silo.Leader.SetAsync(_scope, space, pod);
        var observer = new RecordingObserver();
        await silo.Grains.GetGrain<INodeGrain>(_node).SubscribeAsync(silo.SubscriptionOf(observer));
        await observer.UntilAsync(o => o.Completions == 1, "complete");

        using var moving = silo.LetGrainsMove();
        await UntilAsync(async () => home.Equals(await silo.FindAsync(grain)));

        await silo.Leader.SetAsync(_scope, space, pod with { Ip = "10.0.0.1" });
        await observer.UntilAsync(o => o.Holds(pod with { Ip = "10.0.0.1" }), "the address");
        Assert.Equal(2, observer.Content().Count);
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!await condition()) await look.WaitForNextTickAsync(patience.Token);
    }

    private SiloAddress Other(SiloAddress? one) => silo.Addresses.Single(address => !address.Equals(one));

    private (Resource Space, Pod Pod) Pod(string name) => (
        new Resource { Kind = ResourceKind.Namespace, Uid = Uid.Parse($"{_scope}-uid"), Namespace = _scope, Name = _scope },
        new Pod { Kind = ResourceKind.Pod, Uid = Uid.Parse($"{_scope}-{name}"), Namespace = _scope, Name = name, Node = _node });
}
