using MetaCollector.Conversation.Sending;
using MetaCollector.Grains.Interfaces;
using MetaCollector.Grains.Interfaces.Bundles;
using MetaCollector.Grains.Interfaces.Positions;

namespace MetaCollector.Grains.Bundles;

/// <summary>
/// Opens bundles: each grain gets all its items in one call. A grain that fails, or does not answer within <see cref="LongestWait"/>, only
/// delays the answers of the others by that time. Thread-safe.
/// </summary>
internal sealed class BundleReceiver(IGrainFactory grains, TimeProvider time)
{
    /// <summary>Shorter than the timeout of a call (<see cref="GrainsHosting.ResponseTimeout"/>), so that the sender gets the answers of the grains that did answer.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(3);

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

    private async Task<TAnswer?[]> AskAsync<TItem, TAnswer>(TItem[] items, Func<TItem, string> grainOf, Func<string, TItem[], Task<TAnswer[]>> ask)
    {
        var answers = new Answers<TAnswer>(items.Length);
        var asked = new List<Task>();
        foreach (var grain in Enumerable.Range(0, items.Length).GroupBy(index => grainOf(items[index]), StringComparer.Ordinal))
        {
            int[] places = [.. grain];
            asked.Add(answers.FillAsync(places, ask(grain.Key, Array.ConvertAll(places, index => items[index]))));
        }

        await Task.WhenAll(asked).WaitAsync(LongestWait, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return answers.Close();
    }

    // Ignores answers that arrive after Close.
    private sealed class Answers<TAnswer>(int count)
    {
        private readonly Lock _lock = new();
        private readonly TAnswer?[] _all = new TAnswer?[count];
        private bool _isClosed;

        // Never throws: a grain that throws has not answered.
        public async Task FillAsync(int[] places, Task<TAnswer[]> asked)
        {
            await ((Task)asked).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!asked.IsCompletedSuccessfully) return;
            var answers = await asked;
            lock (_lock)
            {
                for (var i = 0; !_isClosed && i < places.Length; i++) _all[places[i]] = answers[i];
            }
        }

        public TAnswer?[] Close()
        {
            lock (_lock)
            {
                _isClosed = true;
                return _all;
            }
        }
    }
}
