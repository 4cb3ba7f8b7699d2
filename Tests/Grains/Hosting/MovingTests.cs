using MetaCollector.Grains.Interfaces;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Placement;
using MetaCollector.Testing.Oracle;
using MetaCollector.Tests.Support;
using Orleans.Core.Internal;
using Orleans.Runtime.Placement;
using Xunit;

namespace MetaCollector.Tests.Grains.Hosting;

/// <summary>Grains on two real silos that go where they belong.</summary>
/// <remarks>The leader knows of each namespace and node before its grain comes up: the grain of what it does not know ends by itself.</remarks>
[Collection<SiloCollection>]
public sealed class MovingTests(SiloFixture silo)
{
    private readonly string _scope = $"ns-{Guid.NewGuid():N}";
    private readonly string _node = $"node-{Guid.NewGuid():N}";

    [Fact]
    public async Task NodeGrain_WhoseGatewayIsElsewhere_MovesThere_AndTheGatewayNeitherNoticesNorHasToRenew()
    {
        var (space, pod) = Content();
        await silo.Leader.SetAsync(_scope, space, pod);
        var node = silo.Grains.GetGrain<INodeGrain>(_node);
        var observer = new RecordingObserver();
        await node.InspectAsync();
        var elsewhere = Other(await silo.FindAsync(node));
        await node.SubscribeAsync(silo.SubscriptionOf(observer, on: elsewhere));
        await observer.UntilAsync(o => o.Completions == 1, "complete");

        using var moving = silo.LetGrainsMove();
        await Eventually.HoldsAsync(async () => elsewhere.Equals(await silo.FindAsync(node)), "the node's grain has moved");

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
        var (space, pod) = Content();
        RequestContext.Set(IPlacementDirector.PlacementHintKey, Other(home));
        await silo.Leader.SetAsync(_scope, space, pod);
        RequestContext.Clear();
        Assert.Equal(Other(home), await silo.FindAsync(grain));
        var observer = new RecordingObserver();
        await silo.Grains.GetGrain<INodeGrain>(_node).SubscribeAsync(silo.SubscriptionOf(observer));
        await observer.UntilAsync(o => o.Completions == 1, "complete");

        using var moving = silo.LetGrainsMove();
        await Eventually.HoldsAsync(async () => home.Equals(await silo.FindAsync(grain)), "the namespace's grain has moved");

        await silo.Leader.SetAsync(_scope, space, pod with { Ip = "10.0.0.1" });
        await observer.UntilAsync(o => o.Holds(pod with { Ip = "10.0.0.1" }), "the address");
        Assert.Equal(2, observer.Content().Count);
    }

    [Fact]
    public async Task ResourceGrain_ThatMovesBeforeItToldOfADeletion_HasItsSuccessorTell()
    {
        var grain = silo.Grains.GetGrain<IResourceGrain>(_scope);
        var (space, pod) = Content();
        await silo.Leader.SetAsync(_scope, space, pod);
        var elsewhere = Other(await silo.FindAsync(grain));
        var observer = new RecordingObserver();
        await silo.Grains.GetGrain<INodeGrain>(_node).SubscribeAsync(silo.SubscriptionOf(observer));
        await observer.UntilAsync(o => o.Completions == 1, "complete");

        // It goes while the pod does: whichever of the two activations is fed, nobody signals the node that it should ask.
        RequestContext.Set(IPlacementDirector.PlacementHintKey, elsewhere);
        await grain.AsReference<IGrainManagementExtension>().MigrateOnIdle();
        RequestContext.Clear();
        await silo.Leader.SetAsync(_scope, space);

        await observer.UntilAsync(o => o.Content().Count == 0, "the pod's Delete");
        await Eventually.HoldsAsync(async () => elsewhere.Equals(await silo.FindAsync(grain)), "the namespace's grain has moved");
    }

    private SiloAddress Other(SiloAddress? one) => silo.Addresses.Single(address => !address.Equals(one));

    private (Resource Space, Pod Pod) Content() => (Objects.Namespace(_scope), Objects.Pod("web-1").In(_scope).On(_node));
}
