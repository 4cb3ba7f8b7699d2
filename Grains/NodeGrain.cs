using MetaCollector.Conversation.Diagnostics;
using MetaCollector.Conversation.Leadership;
using MetaCollector.Conversation.Sharing;
using MetaCollector.Grains.Bundles;
using MetaCollector.Grains.Interfaces;
using MetaCollector.Grains.Interfaces.Bundles;
using MetaCollector.Grains.Interfaces.Inspection;
using MetaCollector.Grains.Placement;
using MetaCollector.Grains.Slices;
using MetaCollector.Grains.Verification;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MetaCollector.Grains;

/// <inheritdoc cref="INodeGrain"/>
/// <remarks>
/// Turns only change memory. Pumps send to the gateways, and a loop asks the leader and the namespaces, both between the turns: no turn waits
/// for another grain. The grain moves to the silo of a gateway that streams its node: both then share the content, and need no
/// message. When a silo dies, the lost nodes are those whose streams ended with it.
/// </remarks>
[KeepAlive, RendezvousPlacement, GrainType(Type)]
internal sealed class NodeGrain : Grain, INodeGrain, IGrainMigrationParticipant, IDisposable
{
    /// <summary>Its type, as Orleans names it.</summary>
    internal const string Type = "node";

    private const string SubscriptionsKey = "subscriptions";

    private static readonly TimeSpan ExpiryMargin = TimeSpan.FromSeconds(1);

    // With more nodes, each verifies less often: all nodes together ask the leader about this many times a minute.
    private const int NodesPerMinute = 1000;
    private const int LongestPeriods = 10;
    private static readonly TimeSpan ShortestPeriod = TimeSpan.FromSeconds(60);

    private readonly LeaderDirectory _directory;
    private readonly SharedInstants _instants;
    private readonly GrainHomes _homes;
    private readonly GrainsOptions _options;
    private readonly SiloBundles _bundles;
    private readonly GrainMetrics _metrics;
    private readonly Faults _faults;
    private readonly TimeProvider _time;
    private readonly ILogger<NodeGrain> _logger;
    private readonly string _node;
    private readonly NodeState _state;
    private readonly Dictionary<INodeObserver, GatewayPump> _observers = [];
    private readonly VerificationLoop _verification;
    private GatewaySubscription[]? _takenAlong;
    private IGrainTimer? _expiry;
    private bool _isExpiryExpected;
    private bool? _isServed;

    public NodeGrain(
        LeaderDirectory directory, SharedInstants instants, GrainHomes homes, IOptions<GrainsOptions> options, SiloBundles bundles, VersionPool pool,
        GrainMetrics metrics, Faults faults, TimeProvider time, ILogger<NodeGrain> logger)
    {
        (_directory, _instants, _homes, _options, _bundles) = (directory, instants, homes, options.Value, bundles);
        (_metrics, _faults, _time, _logger) = (metrics, faults, time, logger);
        _metrics.NodeGrain(1);
        _node = this.GetPrimaryKeyString();
        _state = new NodeState(pool);
        _verification = new VerificationLoop($"node {_node}", VerifySlicesAsync, directory, instants, faults, logger);
    }

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _expiry = this.RegisterGrainTimer(DropExpiredObservers, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        foreach (var subscription in _takenAlong ?? []) Renew(subscription);
        _takenAlong = null;
        _verification.Start();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    /// <remarks>That a silo stops, all gateways learn from the membership; it can send them nothing any more.</remarks>
    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) =>
        reason.ReasonCode == DeactivationReasonCode.ShuttingDown ? Task.CompletedTask : Task.WhenAll(_observers.Keys.Select(observer => observer.RenewAsync()));

    public void OnDehydrate(IDehydrationContext dehydrationContext) =>
        dehydrationContext.TryAddValue(SubscriptionsKey, _observers.Values.Select(observer => observer.Subscription).ToArray());

    public void OnRehydrate(IRehydrationContext rehydrationContext) => rehydrationContext.TryGetValue(SubscriptionsKey, out _takenAlong);

    public void Dispose()
    {
        _verification.Dispose();
        foreach (var observer in _observers.Values) observer.Stop();
        _metrics.NodeIs(_node, _isServed, null);
        _isServed = null;
        _metrics.NodeGrain(-1);
    }

    public Task<Receipt[]> ReceiveAsync(Batch<SliceChange>[] batches)
    {
        var wasComplete = _state.IsComplete;
        var receipts = Array.ConvertAll(batches, Receive);
        NoteServed();
        if (!wasComplete && _state.IsComplete) NoteComplete();
        foreach (var observer in _observers.Values) observer.Kick();
        return Task.FromResult(receipts);
    }

    public Task SubscribeAsync(GatewaySubscription subscription)
    {
        try
        {
            if (Renew(subscription)) _verification.Kick();
            NoteServed();
            return Task.CompletedTask;
        }
        catch (Exception exception)
        {
            BeginAnew("a renewal", exception);
            throw;
        }
    }

    public Task UnsubscribeAsync(INodeObserver observer)
    {
        Drop(observer);
        return Task.CompletedTask;
    }

    public Task<NodeInspection> InspectAsync() => Task.FromResult(_state.Inspect());

    private async Task<bool> VerifySlicesAsync(bool mayBeForgotten)
    {
        if (mayBeForgotten) _state.DoubtSlices();
        // Each time: it may have been taken along by an activation that moved here as its silo died.
        DropAll(observer => _homes.IsDead(observer.Silo));
        if (_directory.Leader is not { IsSynced: true } leader) return false;
        var inventory = await _bundles.GetNodeAsync(leader.Silo, _node);
        // The leader does not know yet that its term is over.
        if (!_directory.Observe(inventory.Term)) return false;
        _verification.Period = ShortestPeriod * Math.Clamp(inventory.Nodes / NodesPerMinute, 1, LongestPeriods);
        var wasComplete = _state.IsComplete;
        _state.Expect(inventory);
        NoteServed();
        if (!wasComplete && _state.IsComplete) NoteComplete();
        foreach (var observer in _observers.Values) observer.Kick();

        if (!await VerifyAsync(_state.ToVerify(inventory.Namespaces))) return false;
        _state.ForgetEmptySlices(inventory.Namespaces);
        if (_state.IsEmpty && _observers.Count == 0 && inventory.Namespaces.Length == 0) DeactivateOnIdle();
        else if (_state.IsComplete && _homes.FindElsewhere(this.GetGrainId(), _observers.Values.Select(observer => observer.Silo)) is { } home)
            GrainHomes.Move(GrainContext, home, $"node {_node}", _metrics, _logger);
        return _state.IsComplete;
    }

    // Whether all of them are current.
    private async Task<bool> VerifyAsync(IReadOnlyList<string> namespaces)
    {
        var asked = new (string Name, Position Held, Task<Position> Answer)[namespaces.Count];
        for (var i = 0; i < asked.Length; i++)
        {
            var (name, held) = (namespaces[i], _state.PositionOf(namespaces[i]));
            asked[i] = (name, held, _bundles.VerifySliceAsync(_homes.OfNamespace(name), new SliceQuery(name, _node, held, _state.Awaited(name))));
        }

        // One turn for all answers, not one for each.
        var all = Task.WhenAll(asked.Select(one => one.Answer));
        await ((Task)all).ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);
        foreach (var (name, held, answer) in asked)
            if (answer.IsCompletedSuccessfully) _state.Confirm(name, held, await answer);
        return (await all).All(currentAt => !currentAt.IsNone);
    }

    private Receipt Receive(Batch<SliceChange> batch)
    {
        try
        {
            using var traced = ChangeTrace.Continue("apply to node", ref batch);
            var receipt = _state.Receive(batch);
            _metrics.NodeReceived(receipt.Verdict);
            return receipt;
        }
        catch (Exception exception)
        {
            BeginAnew($"namespace {batch.Namespace}", exception);
            throw;
        }
    }

    private bool Renew(GatewaySubscription subscription)
    {
        if (!_observers.TryGetValue(subscription.Observer, out var observer))
            _observers[subscription.Observer] = observer = new GatewayPump(subscription.Observer, subscription.Silo, _state, _time, _faults, _node);
        observer.RenewedAt = _time.GetTimestamp();
        if (!_isExpiryExpected) ExpectExpiry();
        var hasToAsk = _state.Renew(observer.Outgoing, subscription.Held);
        observer.Kick(atOnce: true);
        return hasToAsk;
    }

    // The state may be half applied: the next activation asks for everything, and the sender sends again.
    private void BeginAnew(string about, Exception exception)
    {
        _faults.Healed(FaultyPart.NodeGrain, $"node {_node}, {about}", exception);
        DeactivateOnIdle();
    }

    private void NoteComplete()
    {
        Log.NodeComplete(_logger, _node, _state.Positions.Count());
        foreach (var observer in _observers.Values) observer.Kick();
    }

    private Task DropExpiredObservers()
    {
        DropAll(observer => _time.GetElapsedTime(observer.RenewedAt) > _options.ObserverExpiry);
        ExpectExpiry();
        return Task.CompletedTask;
    }

    private void DropAll(Predicate<GatewayPump> isLost)
    {
        foreach (var observer in _observers.Where(observer => isLost(observer.Value)).Select(observer => observer.Key).ToList())
        {
            Log.ObserverExpired(_logger, _node);
            Drop(observer);
        }
    }

    // Sets the timer to when the first gateway expires if it does not renew, so that it does not wake an idle node without need; rounded, so
    // that the timers of all nodes of a silo fire together.
    private void ExpectExpiry()
    {
        _isExpiryExpected = _observers.Count > 0;
        if (!_isExpiryExpected) return;
        var silence = _observers.Values.Max(observer => _time.GetElapsedTime(observer.RenewedAt));
        _expiry?.Change(_instants.UntilAfter(_options.ObserverExpiry - silence + ExpiryMargin), Timeout.InfiniteTimeSpan);
    }

    private void Drop(INodeObserver observer)
    {
        if (!_observers.Remove(observer, out var known)) return;
        known.Stop();
        _state.Remove(known.Outgoing);
        NoteServed();
        // Without gateways and content, verify now: the grain may deactivate at once.
        if (_observers.Count == 0 && _state.IsEmpty) _verification.Kick();
    }

    // Counts nodes with pods and without a stream: their Falco gets no metadata.
    private void NoteServed()
    {
        bool? isServed = _state.IsEmpty ? null : _observers.Count > 0;
        _metrics.NodeIs(_node, _isServed, isServed);
        _isServed = isServed;
    }
}
