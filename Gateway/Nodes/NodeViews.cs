using MetaCollector.Gateway.Diagnostics;
using MetaCollector.Grains.Interfaces.Inspection;
using MetaCollector.Grains.Interfaces.Leadership;
using MetaCollector.Grains.Interfaces.Model;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MetaCollector.Gateway.Nodes;

/// <summary>
/// The views of this silo: one for each node that has streams here, and for a while after the last one left, since a subscriber
/// that reconnects comes back at once. Thread-safe.
/// </summary>
internal sealed class NodeViews : IStreamInspector, IAsyncDisposable
{
    private readonly INodeSource _source;
    private readonly LeaderDirectory _leaders;
    private readonly VersionPool _pool;
    private readonly GatewayOptions _options;
    private readonly GatewayMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly List<Task> _leaving = [];
    private readonly CancellationTokenSource _stopped = new();

    public NodeViews(
        INodeSource source, LeaderDirectory leaders, VersionPool pool, IOptions<GatewayOptions> options, GatewayMetrics metrics, TimeProvider time,
        ILogger<NodeViews> logger)
    {
        (_source, _leaders, _pool, _options, _metrics, _time, _logger) = (source, leaders, pool, options.Value, metrics, time, logger);
        metrics.OldestPending = () => Views().Min(view => view.WaitsSince()) is { } since ? _time.GetElapsedTime(since) : TimeSpan.Zero;
    }

    /// <summary>How many nodes have a view.</summary>
    public int Count
    {
        get { lock (_lock) return _entries.Count; }
    }

    /// <summary>Attaches a stream to a node's view. <see cref="Close"/> detaches it.</summary>
    public NodeStream Open(string node, KindSet kinds)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue(node, out var entry))
            {
                var view = new NodeView(node, _pool, _metrics, _time, _logger);
                var subscription = new NodeSubscription(view, _source, _leaders, _options, _time, _logger);
                _entries[node] = entry = new Entry(view, subscription);
                subscription.Start(_stopped.Token);
            }

            entry.LeaveTimer?.Dispose();
            entry.LeaveTimer = null;
            return entry.View.Attach(kinds);
        }
    }

    /// <summary>Detaches a stream; the view goes too, unless another stream comes before long.</summary>
    public void Close(NodeStream stream)
    {
        lock (_lock)
        {
            var view = stream.View;
            if (view.Detach(stream) > 0 || !_entries.TryGetValue(view.Node, out var entry)) return;
            entry.LeaveTimer?.Dispose();
            entry.LeaveTimer = _time.CreateTimer(_ => Leave(entry), null, _options.Linger, Timeout.InfiniteTimeSpan);
        }
    }

    /// <inheritdoc/>
    public StreamsOfNode[] Nodes() => [.. Views().Where(view => view.StreamCount > 0).Select(view => new StreamsOfNode(view.Node, view.StreamCount))];

    /// <inheritdoc/>
    public StreamInspection[] Stuck(TimeSpan atLeast) =>
        [.. Views().SelectMany(view => view.Stuck(atLeast)).OrderByDescending(stream => stream.BlockedFor).Take(InspectionLimits.Names)];

    /// <inheritdoc/>
    public NodeStreams StreamsOf(string node)
    {
        NodeView? view;
        lock (_lock) view = _entries.GetValueOrDefault(node)?.View;
        return view?.Inspect() ?? new NodeStreams();
    }

    /// <summary>Ends all subscriptions without a farewell: the grains notice by themselves.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopped.CancelAsync();
        Task[] ended;
        lock (_lock)
        {
            foreach (var entry in _entries.Values) entry.LeaveTimer?.Dispose();
            ended = [.. _entries.Values.Select(entry => entry.Subscription.DisposeAsync().AsTask()), .. _leaving];
            _entries.Clear();
            _leaving.Clear();
        }

        await Task.WhenAll(ended);
        _stopped.Dispose();
    }

    private NodeView[] Views()
    {
        lock (_lock) return [.. _entries.Values.Select(entry => entry.View)];
    }

    private void Leave(Entry entry)
    {
        lock (_lock)
        {
            // A timer that was replaced may still fire: then the node has streams again, or even another view.
            if (entry.View.StreamCount > 0 || _entries.GetValueOrDefault(entry.View.Node) != entry) return;
            _entries.Remove(entry.View.Node);
            entry.LeaveTimer?.Dispose();
            _leaving.RemoveAll(ended => ended.IsCompleted);
            _leaving.Add(entry.Subscription.DisposeAsync().AsTask());
        }
    }

    private sealed class Entry(NodeView view, NodeSubscription subscription)
    {
        public NodeView View { get; } = view;

        public NodeSubscription Subscription { get; } = subscription;

        public ITimer? LeaveTimer { get; set; }
    }
}
