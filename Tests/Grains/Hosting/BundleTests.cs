using MetaCollector.Grains.Interfaces;
using MetaCollector.Grains.Interfaces.Bundles;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;
using MetaCollector.Testing.Oracle;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Grains.Hosting;

/// <summary>What the grains of two real silos say to each other in bundles.</summary>
[Collection<SiloCollection>]
public sealed class BundleTests(SiloFixture silo)
{
    private readonly string _scope = $"ns-{Guid.NewGuid():N}";
    private readonly string _node = $"node-{Guid.NewGuid():N}";

    [Fact]
    public async Task ManyNamespacesAndNodes_TravelBetweenTheSilosInFewMessages()
    {
        const int Namespaces = 30, Nodes = 30;
        var before = CountingBundles.Sent;

        await Task.WhenAll(Enumerable.Range(0, Namespaces).Select(number => $"{_scope}-{number}").Select(name => silo.Leader.SetAsync(
            name, [Objects.Namespace(name), .. Enumerable.Range(0, Nodes).Select(node => Objects.Pod($"web-{node}").In(name).On($"{_node}-{node}"))])));
        for (var i = 0; i < Nodes; i++)
        {
            var node = silo.Grains.GetGrain<INodeGrain>($"{_node}-{i}");
            await Eventually.HoldsAsync(async () => (await node.InspectAsync()).Slices.Sum(slice => slice.Count) == 2 * Namespaces, "it is told of all namespaces");
        }

        var (bundles, items) = CountingBundles.Sent;
        Assert.InRange(items - before.Items, Namespaces * Nodes / 4, int.MaxValue);
        Assert.InRange(bundles - before.Bundles, 1, (items - before.Items) / 3);
    }

    [Fact]
    public async Task Bundle_ForGrainsThatLiveElsewhere_ReachesThem_AndWhoFailsCostsNoOther()
    {
        var nodes = Enumerable.Range(0, 8).Select(number => $"{_node}-{number}").ToList();
        await silo.Leader.SetAsync(_scope, [Objects.Namespace(_scope), .. nodes.Select(node => Objects.Pod($"on-{node}").In(_scope).On(node))]);
        foreach (var node in nodes)
            await Eventually.HoldsAsync(async () => (await silo.Grains.GetGrain<INodeGrain>(node).InspectAsync()).Slices.Sum(slice => slice.Count) == 2, "it is told");

        var later = new Position(1, 1_000_000);
        SliceDelivery[] deliveries =
        [
            .. nodes.Select((node, index) => new SliceDelivery(node, new Batch<SliceChange>
            {
                Namespace = $"{_scope}-{index}", Position = later, IsSnapshot = true, Changes = index == 3 ? null! : [],
            })),
        ];
        foreach (var address in silo.Addresses)
        {
            var receipts = await silo.Bundles.At(address).DeliverAsync(deliveries);

            Assert.Equal(nodes.Select((_, index) => index == 3 ? (Receipt?)null : new Receipt(Verdict.Accepted, later)), receipts);
        }
    }

    [Fact]
    public async Task Grains_LiveWhereBundlesAreSent()
    {
        await silo.Leader.SetAsync(_scope, Objects.Namespace(_scope), Objects.Pod("web-1").In(_scope).On(_node));
        var node = silo.Grains.GetGrain<INodeGrain>(_node);
        await Eventually.HoldsAsync(async () => (await node.InspectAsync()).IsComplete, "it is complete");

        Assert.Equal(await silo.FindAsync(silo.Grains.GetGrain<IResourceGrain>(_scope)), silo.Homes.OfNamespace(_scope));
        Assert.Equal(await silo.FindAsync(node), silo.Homes.OfNode(_node, heardFrom: null));
    }
}
