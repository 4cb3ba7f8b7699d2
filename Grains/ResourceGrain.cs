using MetaCollector.Grains.Inspection;
using MetaCollector.Grains.Interfaces;
using MetaCollector.Grains.Interfaces.Inspection;
using MetaCollector.Grains.Interfaces.Leadership;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;
using MetaCollector.Grains.Interfaces.Tracing;
using MetaCollector.Grains.Placement;
using MetaCollector.Grains.Slices;
using MetaCollector.Grains.Verification;
using Microsoft.Extensions.Logging;

namespace MetaCollector.Grains;

/// <inheritdoc cref="IResourceGrain"/>
/// <remarks>
/// Its turns only change what is in memory. Nodes are told by pumps, and the leader is asked by a loop, both between the turns: no
/// turn ever waits for another grain.
/// </remarks>
[KeepAlive, RendezvousPlacement, GrainType("resources")]
internal sealed class ResourceGrain : Grain, IResourceGrain, IDisposable
{
    private readonly LeaderDirectory _directory;
    private readonly GrainHomes _homes;
    private readonly ISiloServiceClient _silos;
    private readonly GrainMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger<ResourceGrain> _logger;
    private readonly string _namespace;
    private readonly NamespaceConversation _conversation;
    private readonly Dictionary<string, BatchPump<SliceChange>> _pumps = new(StringComparer.Ordinal);
    private readonly HashSet<string> _due = new(StringComparer.Ordinal);
    private readonly VerificationLoop _verification;

    public ResourceGrain(
        LeaderDirectory directory, GrainHomes homes, ISiloServiceClient silos, VersionPool pool, GrainMetrics metrics, TimeProvider time,
        ILogger<ResourceGrain> logger)
    {
        (_directory, _homes, _silos, _metrics, _time, _logger) = (directory, homes, silos, metrics, time, logger);
        _metrics.ResourceGrain(1);
        _namespace = this.GetPrimaryKeyString();
        _conversation = new NamespaceConversation(_namespace, pool);
        _verification = new VerificationLoop($"namespace {_namespace}", _ => VerifyAtLeaderAsync(), directory, time, logger);
    }

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _verification.Start();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _verification.Dispose();
        foreach (var pump in _pumps.Values) pump.Stop();
        _metrics.ResourceGrain(-1);
    }

    /// <inheritdoc/>
    public Task<Receipt> FeedAsync(Batch<ResourceChange> batch, KindSet watched)
    {
        if (!_directory.Observe(batch.Position.Term))
        {
            Log.BatchRefused(_logger, batch.Position.Term, _namespace, _directory.HighestTerm);
            _metrics.ResourcesReceived(Verdict.Refused);
            return Task.FromResult(new Receipt(Verdict.Refused, _conversation.Position, _directory.HighestTerm));
        }

        using var traced = ChangeTrace.Continue("apply to namespace", ref batch);
        _due.Clear();
        var receipt = _conversation.Receive(batch, watched, _due);
        _metrics.ResourcesReceived(receipt.Verdict);
        foreach (var node in _due) PumpTo(node).Kick();
        return Task.FromResult(receipt);
    }

    /// <inheritdoc/>
    public Task<Position> VerifyAsync(string node, Position held, Position atLeast)
    {
        var currentAt = _conversation.Verify(node, held, atLeast);
        // The node lives, whatever an earlier attempt to reach it said.
        if (currentAt.IsNone) PumpTo(node).Kick(atOnce: true);
        return Task.FromResult(currentAt);
    }

    /// <inheritdoc/>
    public Task<NamespaceInspection> InspectAsync() => Task.FromResult(Explanation.OfNamespace(_conversation));

    /// <inheritdoc/>
    public Task<SliceInspection> InspectNodeAsync(string node) => Task.FromResult(Explanation.OfNode(_conversation, node));

    /// <inheritdoc/>
    public Task<PodInspection> InspectPodAsync(string name) => Task.FromResult(PodExplanation.Of(_conversation, name));

    private BatchPump<SliceChange> PumpTo(string node)
    {
        if (_pumps.TryGetValue(node, out var pump)) return pump;
        var grain = GrainFactory.GetGrain<INodeGrain>(node);
        return _pumps[node] = new BatchPump<SliceChange>(_conversation.NodeOf(node), grain.ReceiveAsync, SliceSize.Of, _time, "tell node");
    }

    private async Task<bool> VerifyAtLeaderAsync()
    {
        if (_directory.Leader is not { } leader) return false;
        var isCurrent = await _silos.At(leader.Silo).VerifyNamespaceAsync(_namespace, _conversation.Position);
        if (!isCurrent) return false;

        foreach (var node in _conversation.ForgetIdleNodes())
            if (_pumps.Remove(node, out var pump)) pump.Stop();
        if (_conversation.Relations.Count == 0 && _pumps.Count == 0) DeactivateOnIdle();
        else if (_homes.FindElsewhere(this.GetGrainId()) is { } home)
            GrainHomes.Move(GrainContext, home, $"namespace {_namespace}", _metrics, _logger);
        return true;
    }
}
