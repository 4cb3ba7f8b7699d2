using MetaCollector.Conversation.Leadership;
using MetaCollector.Grains.Interfaces.Leadership;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;
using MetaCollector.Grains.Slices;
using MetaCollector.Tests.Grains.Histories;
using MetaCollector.Tests.Support;

namespace MetaCollector.Tests.Grains.Slices;

/// <summary>One activation of the namespace's grain: there may briefly be two.</summary>
internal sealed class ResourceReplica(Truth truth, Func<string, byte, Batch<SliceChange>, Receipt> toNode, Rules rules, long seenTerm)
{
    private readonly NamespaceState _state = new(Cluster.Namespace, Pools.Versions);
    private readonly LeaderDirectory _directory = Seen(seenTerm);
    private readonly Dictionary<string, Link> _links = [];
    private readonly HashSet<string> _due = [];

    public IEnumerable<Link> Links => _links.Values;

    public Position Position => _state.Position;

    public Receipt Receive(Batch<ResourceChange> batch)
    {
        batch = rules.OnArrival(batch, Position);
        if (!_directory.Observe(batch.Position.Term)) return new Receipt(Verdict.Refused, Position, _directory.HighestTerm);
        var receipt = _state.Receive(batch, truth.WatchedAt(batch.Position), _due);
        foreach (var node in _due) LinkTo(node);
        foreach (var node in ClusterStep.Nodes) truth.Check("the namespace", Position, node, _state.Relations.Slice(node));
        return receipt;
    }

    /// <summary>The leader said that the namespace is gone.</summary>
    public void Receive(Position goneAsOf)
    {
        if (goneAsOf <= Position) return;
        _state.Receive(goneAsOf, _due);
        foreach (var node in _due) LinkTo(node);
    }

    /// <summary>As when the grain moves: what its successor is told of the nodes that it has told something.</summary>
    public ToldNode[] Told => _state.Told;

    public void TakeOver(ToldNode[] told)
    {
        _state.TakeOver(told);
        foreach (var one in told) LinkTo(one.Node);
    }

    public Position Verify(string node, Position held, Position atLeast)
    {
        LinkTo(node);
        return _state.Verify(node, held, atLeast);
    }

    public void ForgetIdleNodes()
    {
        foreach (var node in _state.ForgetIdleNodes())
            if (_links.Remove(node, out var link)) link.IsClosed = true;
    }

    private static LeaderDirectory Seen(long term)
    {
        var directory = new LeaderDirectory();
        directory.Observe(term);
        return directory;
    }

    private void LinkTo(string node)
    {
        if (!_links.ContainsKey(node))
            _links[node] = new Link<SliceChange>(_state.NodeOf(node), (choice, batch) => toNode(node, choice, batch), rules);
    }
}

/// <summary>One activation of a node's grain: there may briefly be two.</summary>
internal sealed class NodeReplica(string node, Truth truth, Rules rules)
{
    private readonly NodeState _state = new(Pools.Versions);
    private readonly Dictionary<Observer, GatewayOutgoing> _observers = [];
    private readonly Dictionary<SliceOutgoing, Link> _links = [];

    public IEnumerable<Link> Links => _links.Values;

    public Position Position => _state.Positions.SingleOrDefault().Position;

    public Receipt Receive(Batch<SliceChange> batch)
    {
        var receipt = _state.Receive(rules.OnArrival(batch, Position));
        LinkAll();
        CheckContent();
        return receipt;
    }

    /// <returns>False where the namespace has to be asked about what the observer holds.</returns>
    public bool Renew(Observer observer)
    {
        if (!_observers.TryGetValue(observer, out var known)) _observers[observer] = known = new GatewayOutgoing();
        var asks = _state.Renew(known, observer.Held);
        LinkAll();
        if (_state.IsComplete && known.NeedsCompletion && known.Slices.Values.All(slice => slice.IsIdle))
        {
            known.NeedsCompletion = !observer.Complete(known.Acknowledged(), Position);
            if (known.NeedsCompletion) known.RequireSnapshots();
        }

        return !asks;
    }

    public void Remove(Observer observer)
    {
        if (!_observers.Remove(observer, out var known)) return;
        _state.Remove(known);
        foreach (var outgoing in known.Slices.Values)
            if (_links.Remove(outgoing, out var link)) link.IsClosed = true;
    }

    public bool Verify(NodeInventory? told, bool hasLost, Func<Position, Position, Position> verify)
    {
        if (hasLost) _state.DoubtSlices();
        if (told is null) return false;
        _state.Expect(told);
        LinkAll();
        CheckContent();
        var inventory = told.Namespaces;
        var isCurrent = true;
        foreach (var name in _state.ToVerify(inventory))
        {
            var held = _state.PositionOf(name);
            var currentAt = verify(held, _state.Awaited(name));
            _state.Confirm(name, held, currentAt);
            isCurrent &= !currentAt.IsNone;
        }

        if (isCurrent) _state.ForgetEmptySlices(inventory);
        var kept = _observers.Values.SelectMany(observer => observer.Slices.Values).ToHashSet();
        foreach (var (outgoing, link) in _links.Where(link => !kept.Contains(link.Key)).ToArray())
        {
            link.IsClosed = true;
            _links.Remove(outgoing);
        }

        return isCurrent;
    }

    private void LinkAll()
    {
        foreach (var (observer, conversation) in _observers)
        {
            foreach (var outgoing in conversation.Slices.Values.Where(outgoing => !_links.ContainsKey(outgoing)))
                _links[outgoing] = new Link<SliceChange>(outgoing, (_, batch) => observer.Receive(batch), rules);
        }
    }

    /// <summary>Everything that the node holds, as somebody would be told who knows nothing yet.</summary>
    private void CheckContent()
    {
        var newcomer = new GatewayOutgoing();
        _state.Renew(newcomer, []);
        var snapshot = newcomer.Slices.Values.SingleOrDefault()?.Take();
        _state.Remove(newcomer);
        if (snapshot is not null) truth.Check("the node", snapshot.Position, node, snapshot.Changes.Select(change => change.Resource!));
    }
}
