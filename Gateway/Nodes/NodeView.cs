using MetaCollector.Conversation.Diagnostics;
using MetaCollector.Conversation.Sharing;
using MetaCollector.Gateway.Diagnostics;
using MetaCollector.Gateway.Rendering;
using MetaCollector.Gateway.Streams;
using MetaCollector.Grains.Interfaces;
using MetaCollector.Grains.Interfaces.Inspection;
using Microsoft.Extensions.Logging;

namespace MetaCollector.Gateway.Nodes;

/// <summary>
/// One node at this silo: the content that its grain sent, and the streams of the node. Thread-safe: one lock guards the content and the
/// state of all streams, and is never held while waiting or writing.
/// </summary>
/// <remarks>
/// A stream begins once the node is complete. The view stays complete for as long as it lives: when the grain is lost, the streams go on with
/// the content held, and the next activation sends what has changed.
/// </remarks>
internal sealed class NodeView : INodeObserver
{
    private readonly Lock _lock = new();
    private readonly NodeContent _content;
    private readonly List<NodeStream> _streams = [];
    private readonly GatewayMetrics _metrics;
    private readonly Faults _faults;
    private readonly TimeProvider _time;
    private TaskCompletionSource _askedToRenew = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isComplete;

    public NodeView(string node, VersionPool pool, GatewayMetrics metrics, Faults faults, TimeProvider time, ILogger logger)
    {
        Node = node;
        _metrics = metrics;
        _faults = faults;
        _time = time;
        _content = new NodeContent(resource =>
        {
            metrics.ResourceKeptOut(resource.Kind);
            Log.ResourceTooLarge(logger, resource.Kind, resource.Resource.Namespace, resource.Resource.Name, EventSize.Limit);
        }, pool);
    }

    public string Node { get; }

    public int StreamCount { get; private set; }

    /// <summary>Completes once an activation of the node's grain ends: ask for it before renewing. A later end completes another task.</summary>
    public Task AskedToRenew => Volatile.Read(ref _askedToRenew).Task;

    /// <summary>What is related, without the lock; for tests.</summary>
    internal UidSortedSet<NodeResource> Resources => _content.Resources;

    /// <summary>The positions held, by namespace.</summary>
    public NamespacePosition[] Positions()
    {
        lock (_lock) return _content.Positions(_time);
    }

    /// <summary>Attaches a stream, which begins at once if the node is complete.</summary>
    public NodeStream Attach(KindSet kinds)
    {
        var stream = new NodeStream(this, kinds, _time);
        lock (_lock)
        {
            _streams.Add(stream);
            StreamCount = _streams.Count;
            if (_isComplete) Start(stream);
        }

        return stream;
    }

    /// <returns>How many are left.</returns>
    public int Detach(NodeStream stream)
    {
        lock (_lock)
        {
            _streams.Remove(stream);
            return StreamCount = _streams.Count;
        }
    }

    public Task<GatewayReceipt> ReceiveAsync(Batch<SliceChange>[] batches, NamespacePosition[]? complete = null)
    {
        var receipts = new Receipt[batches.Length];
        lock (_lock)
        {
            _content.Expect(batches);
            for (var i = 0; i < batches.Length; i++) receipts[i] = Receive(batches[i]);
            return Task.FromResult(new GatewayReceipt(receipts, complete is not null && Complete(complete)));
        }
    }

    public Task RenewAsync()
    {
        Interlocked.Exchange(ref _askedToRenew, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
        return Task.CompletedTask;
    }

    /// <summary>The next event of a stream of this view.</summary>
    public bool TryNext(NodeStream stream, out StreamEvent next)
    {
        lock (_lock) return stream.State.TryNext(_content.Resources, out next);
    }

    /// <summary>How much a stream of this view has to send, and whether it began.</summary>
    public (int Pending, bool HasStarted) Look(NodeStream stream)
    {
        lock (_lock) return (stream.State.Pending, stream.State.HasStarted);
    }

    /// <summary>Records how much each stream has to send.</summary>
    public void RecordPending()
    {
        lock (_lock)
        {
            foreach (var stream in _streams) _metrics.Pending(stream.State.Pending);
        }
    }

    /// <summary>The streams, for <c>metacollector inspect</c>.</summary>
    public NodeStreams Inspect()
    {
        lock (_lock)
        {
            return new NodeStreams
            {
                Count = _streams.Count,
                Streams = [.. _streams.Take(InspectionLimits.StreamsOfANode).Select(stream => stream.Inspect(_content.Resources, _time))],
            };
        }
    }

    /// <inheritdoc cref="IStreamInspector.Stuck"/>
    public StreamInspection[] Stuck(TimeSpan atLeast)
    {
        lock (_lock)
        {
            return
            [
                .. _streams.Where(stream => stream.StandsSince is { } since && _time.GetElapsedTime(since) >= atLeast)
                    .Take(InspectionLimits.Names).Select(stream => stream.Inspect(content: null, _time)),
            ];
        }
    }

    /// <summary>The earliest <see cref="NodeStream.WaitsSince"/> of all streams; null if none waits.</summary>
    public long? WaitsSince()
    {
        lock (_lock) return _streams.Min(stream => stream.WaitsSince);
    }

    private Receipt Receive(Batch<SliceChange> batch)
    {
        try
        {
            using var traced = ChangeTrace.Continue("apply to view", ref batch);
            var receipt = _content.Receive(batch);
            Spread(batch.ArrivedAt, batch.Trace);
            return receipt;
        }
        catch (Exception exception)
        {
            // The grain will send a snapshot; the streams get what was applied until now.
            _faults.Healed(FaultyPart.Gateway, $"node {Node}, namespace {batch.Namespace}", exception);
            Spread(batch.ArrivedAt, batch.Trace);
            throw;
        }
    }

    private bool Complete(NamespacePosition[] namespaces)
    {
        if (!_content.Holds(namespaces)) return false;
        if (_isComplete) return true;
        _isComplete = true;
        foreach (var stream in _streams) Start(stream);
        return true;
    }

    private void Start(NodeStream stream)
    {
        stream.State.Start(_content.Resources, _time.GetTimestamp());
        _metrics.Queued(EventReason.Create, stream.State.Pending);
        stream.Wake();
    }

    private void Spread(long arrivedAt, string? trace)
    {
        // No stream has begun before the node is complete; each will begin with everything.
        if (_content.Changes.Count == 0 || !_isComplete) return;
        var timestamp = _time.GetTimestamp();
        foreach (var change in _content.Changes)
        {
            _metrics.Queued(change.Before is null ? EventReason.Create : change.After is null ? EventReason.Delete : EventReason.Update, 1);
            foreach (var stream in _streams) stream.State.Mark(change, arrivedAt, timestamp, trace);
        }

        foreach (var stream in _streams)
            if (stream.State.Pending > 0) stream.Wake();
    }
}
