using MetaCollector.Conversation.Sending;
using MetaCollector.Grains.Interfaces;
using MetaCollector.Grains.Interfaces.Bundles;

namespace MetaCollector.Grains.Bundles;

/// <summary>Opens bundles: each grain gets all its items in one call. Thread-safe.</summary>
internal sealed class BundleReceiver(IGrainFactory grains, TimeProvider time)
{
    private readonly GrainReferences<INodeGrain> _nodes = new(grains);
    private readonly GrainReferences<IResourceGrain> _namespaces = new(grains);

    /// <inheritdoc cref="IBundleService.DeliverAsync"/>
    public Task<Receipt?[]> DeliverAsync(SliceDelivery[] deliveries) => AskAsync<SliceDelivery, Receipt?>(
        deliveries, delivery => delivery.Node,
        async (node, its) => Array.ConvertAll(
            await _nodes[node].ReceiveAsync(Array.ConvertAll(its, delivery => delivery.Batch)), receipt => (Receipt?)receipt));

    /// <inheritdoc cref="IBundleService.VerifySlicesAsync"/>
    public Task<Position[]> VerifySlicesAsync(SliceQuery[] queries, SiloAddress from) => AskAsync(
        queries, query => query.Namespace, (name, its) => _namespaces[name].VerifyAsync(its, from));

    private Task<TAnswer?[]> AskAsync<TItem, TAnswer>(TItem[] items, Func<TItem, string> grainOf, Func<string, TItem[], Task<TAnswer[]>> ask)
    {
        var grains = Enumerable.Range(0, items.Length).GroupBy(index => grainOf(items[index]), StringComparer.Ordinal).ToArray();
        var answers = new GatheredAnswers<TAnswer>(items.Length, grains.Length, time);
        foreach (var grain in grains)
        {
            int[] places = [.. grain];
            _ = answers.TakeAsync(places, ask(grain.Key, Array.ConvertAll(places, index => items[index])));
        }

        return answers.WaitAsync();
    }
}
