using MetaCollector.Conversation.Diagnostics;
using MetaCollector.Conversation.Leadership;
using MetaCollector.Conversation.Sharing;
using MetaCollector.Grains.Bundles;
using MetaCollector.Grains.Inspection;
using MetaCollector.Grains.Interfaces;
using MetaCollector.Grains.Interfaces.Bundles;
using MetaCollector.Grains.Interfaces.Inspection;
using MetaCollector.Grains.Placement;
using MetaCollector.Grains.Slices;
using MetaCollector.Grains.Verification;
using Microsoft.Extensions.Logging;

namespace MetaCollector.Grains;

/// <inheritdoc cref="IResourceGrain"/>
/// <remarks>
/// Turns only change memory. Pumps send to the nodes, and a loop asks the leader, both between the turns: no turn waits for another grain.
/// </remarks>
[KeepAlive, RendezvousPlacement, GrainType(Type)]
internal sealed class ResourceGrain : Grain, IResourceGrain, IGrainMigrationParticipant, IDisposable
{
    /// <summary>Its type, as Orleans names it.</summary>
    internal const string Type = "resources";

    private const string ToldKey = "told";

    private readonly LeaderDirectory _directory;
    private readonly GrainHomes _homes;
    private readonly SiloBundles _bundles;
    private readonly GrainMetrics _metrics;
    private readonly Faults _faults;
    private readonly TimeProvider _time;
    private readonly ILogger<ResourceGrain> _logger;
    private readonly string _namespace;
    private readonly NamespaceState _state;
    private readonly Dictionary<string, NodePump> _pumps = new(StringComparer.Ordinal);
    private readonly HashSet<string> _due = new(StringComparer.Ordinal);
    private readonly VerificationLoop _verification;
    private ToldNode[]? _takenAlong;

    public ResourceGrain(
        LeaderDirectory directory, SharedInstants instants, GrainHomes homes, SiloBundles bundles, VersionPool pool, GrainMetrics metrics, Faults faults,
        TimeProvider time, ILogger<ResourceGrain> logger)
    {
        (_directory, _homes, _bundles, _metrics, _faults, _time, _logger) = (directory, homes, bundles, metrics, faults, time, logger);
        _metrics.ResourceGrain(1);
        _namespace = this.GetPrimaryKeyString();
        _state = new NamespaceState(_namespace, pool);
        _verification = new VerificationLoop($"namespace {_namespace}", _ => VerifyAtLeaderAsync(), directory, instants, faults, logger);
    }

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        // Nodes that the last activation told something may hold what is removed meanwhile.
        _state.TakeOver(_takenAlong ?? []);
        _takenAlong = null;
        _verification.Start();
        return Task.CompletedTask;
    }

    public void OnDehydrate(IDehydrationContext dehydrationContext) => dehydrationContext.TryAddValue(ToldKey, _state.Told);

    public void OnRehydrate(IRehydrationContext rehydrationContext) => rehydrationContext.TryGetValue(ToldKey, out _takenAlong);

    public void Dispose()
    {
        _verification.Dispose();
        foreach (var pump in _pumps.Values) pump.Stop();
        _metrics.ResourceGrain(-1);
    }

    public Task<Receipt> FeedAsync(Batch<ResourceChange> batch, KindSet watched)
    {
        if (!_directory.Observe(batch.Position.Term))
        {
            Log.BatchRefused(_logger, batch.Position.Term, _namespace, _directory.HighestTerm);
            _metrics.ResourcesReceived(Verdict.Refused);
            return Task.FromResult(new Receipt(Verdict.Refused, _state.Position, _directory.HighestTerm));
        }

        try
        {
            using var traced = ChangeTrace.Continue("apply to namespace", ref batch);
            var receipt = _state.Receive(batch, watched, _due);
            _metrics.ResourcesReceived(receipt.Verdict);
            KickDue();
            if (_state.Relations.Count == 0) _verification.Kick();
            return Task.FromResult(receipt);
        }
        catch (Exception exception)
        {
            // The state may be half applied: the next activation asks for everything, and the leader sends again.
            _faults.Healed(FaultyPart.NamespaceGrain, $"namespace {_namespace}", exception);
            DeactivateOnIdle();
            throw;
        }
    }

    public Task<Position[]> VerifyAsync(SliceQuery[] queries, SiloAddress from) => Task.FromResult(Array.ConvertAll(queries, query => Verify(query, from)));

    public Task<NamespaceInspection> InspectAsync() => Task.FromResult(Explanation.OfNamespace(_state));

    public Task<SliceInspection> InspectNodeAsync(string node) => Task.FromResult(Explanation.OfNode(_state, node));

    public Task<PodInspection> InspectPodAsync(string name) => Task.FromResult(PodExplanation.Of(_state, name));

    private Position Verify(SliceQuery query, SiloAddress from)
    {
        var currentAt = _state.Verify(query.Node, query.Held, query.AtLeast);
        _state.NodeOf(query.Node).HeardFrom = from;
        // The node's grain just asked, so it can be reached, even if an earlier send failed.
        if (currentAt.IsNone) PumpTo(query.Node).Kick(atOnce: true);
        return currentAt;
    }

    private NodePump PumpTo(string node)
    {
        if (!_pumps.TryGetValue(node, out var pump)) _pumps[node] = pump = new NodePump(_state.NodeOf(node), node, _homes, _bundles, _time, _faults, Rest);
        return pump;
    }

    // A node that was sent everything needs no pump; its SliceOutgoing keeps what it acknowledged.
    private void Rest(NodePump pump)
    {
        if (_pumps.GetValueOrDefault(pump.Node) != pump) return;
        _pumps.Remove(pump.Node);
        _pumps.TrimIfSparse();
    }

    private void KickDue()
    {
        foreach (var node in _due) PumpTo(node).Kick();
        _due.Clear();
    }

    private async Task<bool> VerifyAtLeaderAsync()
    {
        if (_directory.Leader is not { IsSynced: true } leader) return false;
        var verdict = await _bundles.VerifyNamespaceAsync(leader.Silo, new NamespacePosition(_namespace, _state.Position));
        var isGone = verdict.GoneAsOf > _state.Position;
        if (isGone && (_state.Relations.Count > 0 || _state.Nodes.Count > 0))
        {
            _state.Receive(verdict.GoneAsOf, _due);
            KickDue();
        }

        if (!verdict.IsCurrent && !isGone) return false;
        foreach (var node in _state.ForgetIdleNodes())
            if (_pumps.Remove(node, out var pump)) pump.Stop();
        if (isGone)
        {
            // Deactivates once every node knows that the namespace is gone.
            if (_state.Nodes.Count > 0) return false;
            DeactivateOnIdle();
        }
        else if (_homes.FindElsewhere(this.GetGrainId()) is { } home)
        {
            GrainHomes.Move(GrainContext, home, $"namespace {_namespace}", _metrics, _logger);
        }

        return true;
    }
}
