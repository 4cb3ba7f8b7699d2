using MetaCollector.Grains.Interfaces;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;
using MetaCollector.Grains.Slices;
using MetaCollector.Tests.Support;

namespace MetaCollector.Tests.Grains.Hosting;

/// <summary>A gateway that notes what it is told.</summary>
internal sealed class RecordingObserver : INodeObserver
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, NodeSlice> _slices = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Waits before it answers, where it is set.</summary>
    public Task? Gate { get; set; }

    public int Completions { get; private set; }

    /// <summary>How often an activation of the grain ended.</summary>
    public int Ends { get; private set; }

    /// <summary>How many messages with batches came.</summary>
    public int Messages { get; private set; }

    public NamespacePosition[] Held
    {
        get { lock (_lock) return [.. _slices.Select(slice => new NamespacePosition(slice.Key, slice.Value.Position))]; }
    }

    public async Task<GatewayReceipt> ReceiveAsync(Batch<SliceChange>[] batches, NamespacePosition[]? complete = null)
    {
        if (Gate is { } gate) await gate;
        lock (_lock)
        {
            Receipt[] receipts = [.. batches.Select(Receive)];
            if (batches.Length > 0) Messages++;
            var isComplete = complete?.All(expected => (_slices.GetValueOrDefault(expected.Namespace)?.Position ?? default) >= expected.Position) == true;
            if (isComplete) Completions++;
            Signal();
            return new GatewayReceipt(receipts, isComplete);
        }
    }

    public Task RenewAsync()
    {
        lock (_lock)
        {
            Ends++;
            Signal();
            return Task.CompletedTask;
        }
    }

    public IReadOnlyList<NodeResource> Content()
    {
        lock (_lock) return [.. _slices.Values.SelectMany(slice => slice.All())];
    }

    public bool Holds(Resource resource) => Content().Any(held => held.Resource.LooksLike(resource));

    public async Task UntilAsync(Func<RecordingObserver, bool> condition, string expectation)
    {
        var deadline = Task.Delay(TimeSpan.FromSeconds(60));
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (condition(this)) return;
                changed = _changed.Task;
            }

            if (await Task.WhenAny(changed, deadline) == deadline)
                throw new TimeoutException($"never came true: {expectation}; {Completions} times complete, {Ends} times ended, {Messages} messages; held: {string.Join(", ", Content().Select(held => held.Resource.Name))}");
        }
    }

    private Receipt Receive(Batch<SliceChange> batch)
    {
        if (!_slices.TryGetValue(batch.Namespace, out var slice)) _slices[batch.Namespace] = slice = new NodeSlice(Pools.Versions);
        return slice.Receive(batch, []);
    }

    private void Signal()
    {
        var changed = _changed;
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        changed.SetResult();
    }
}
