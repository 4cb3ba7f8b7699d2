using MetaCollector.Conversation.Diagnostics;
using MetaCollector.Conversation.Leadership;
using MetaCollector.Conversation.Sharing;
using MetaCollector.Gateway.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MetaCollector.Gateway.Nodes;

/// <summary>
/// The views of this silo: one for each node with streams here. A view stays for a while after its last stream ended, since subscribers
/// reconnect soon. Thread-safe.
/// </summary>
internal sealed class NodeViews : IAsyncDisposable
{
    private readonly IGrainFactory _grains;
    private readonly ILocalSiloDetails _self;
    private readonly LeaderDirectory _leaders;
    private readonly SharedInstants _instants;
    private readonly VersionPool _pool;
    private readonly GatewayOptions _options;
    private readonly GatewayMetrics _metrics;
    private readonly Faults _faults;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private readonly SubscriptionTrouble _trouble;
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly List<Task> _leaving = [];
    private readonly CancellationTokenSource _stopped = new();

    public NodeViews(
        IGrainFactory grains, ILocalSiloDetails self, LeaderDirectory leaders, SharedInstants instants, VersionPool pool, IOptions<GatewayOptions> options,
        GatewayMetrics metrics, Faults faults, TimeProvider time, ILogger<NodeViews> logger)
    {
        (_grains, _self, _leaders, _instants, _pool, _options) = (grains, self, leaders, instants, pool, options.Value);
        (_metrics, _faults, _time, _logger) = (metrics, faults, time, logger);
        _trouble = new SubscriptionTrouble(logger);
        metrics.OldestPending = () => All().Min(view => view.WaitsSince()) is { } since ? _time.GetElapsedTime(since) : TimeSpan.Zero;
    }

    /// <summary>Attaches a stream to a node's view. <see cref="Close"/> detaches it.</summary>
    public NodeStream Open(string node, KindSet kinds)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue(node, out var entry))
            {
                var view = new NodeView(node, _pool, _metrics, _faults, _time, _logger);
                var subscription = new NodeSubscription(view, _grains, _self.SiloAddress, _leaders, _options, _faults, _instants, _trouble, _logger);
                _entries[node] = entry = new Entry(view, subscription);
                subscription.Start(_stopped.Token);
            }

            entry.LeaveTimer?.Dispose();
            entry.LeaveTimer = null;
            return entry.View.Attach(kinds);
        }
    }

    /// <summary>Detaches a stream; removes the view after a while, unless another stream is attached.</summary>
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

    public NodeView[] All()
    {
        lock (_lock) return [.. _entries.Values.Select(entry => entry.View)];
    }

    /// <summary>The view of a node; null if it has none.</summary>
    public NodeView? Find(string node)
    {
        lock (_lock) return _entries.GetValueOrDefault(node)?.View;
    }

    /// <summary>Ends all subscriptions without unsubscribing: the grains drop this gateway when it does not renew.</summary>
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

    private void Leave(Entry entry)
    {
        lock (_lock)
        {
            // A replaced timer may still fire: the node then has streams again, or another view.
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
