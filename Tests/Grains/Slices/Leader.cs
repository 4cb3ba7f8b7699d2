using MetaCollector.Conversation.Sending;
using MetaCollector.Grains.Interfaces.Leadership;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;
using MetaCollector.Informer.Storing;
using MetaCollector.Tests.Grains.Histories;

namespace MetaCollector.Tests.Grains.Slices;

/// <summary>A leader in one term, with the store that it feeds from: it mints a position whenever something arrives.</summary>
/// <param name="term">Its term.</param>
/// <param name="cluster">What it watches.</param>
/// <param name="minted">Called with each new position, and what there is at that moment.</param>
/// <param name="rules">The rules, to be broken.</param>
internal sealed class Leader(long term, Cluster cluster, Action<Position, IEnumerable<Resource>, KindSet, KindSet> minted, Rules rules) : IOutgoing<ResourceChange>
{
    private readonly Dictionary<Uid, Resource> _store = [];
    private readonly Outbox<Uid> _outbox = new();
    private KindSet _watched;
    private KindSet _known;
    private int _taken;
    private long _number;

    public long Term => term;

    public Position Position { get; private set; }

    /// <summary>Which namespaces have pods on a node; null while the leader has not read what it needs to know that.</summary>
    public NodeInventory? InventoryOf(string node)
    {
        if (Position.IsNone) return null;
        var hasPods = _store.Values.Any(resource => resource is Pod pod && pod.Node == node);
        return new NodeInventory(term, hasPods ? [new NamespacePosition(Cluster.Namespace, Position)] : []) { AsOf = Mint() };
    }

    /// <summary>Something arrives; at first everything. Nothing is fed before there are pods and namespaces to speak of.</summary>
    public void Observe(ClusterStep step)
    {
        var isFirst = Position.IsNone;
        if (isFirst && !ReadKinds.Essential.Except(cluster.Watched).IsEmpty) return;
        var changes = isFirst ? cluster.Snapshot(step, _store) : cluster.Deliver(step, _store);
        if (!isFirst && changes.Length == 0 && _watched == cluster.Watched) return;
        if (_watched != cluster.Watched) _outbox.RequireSnapshot();
        _watched = cluster.Watched;
        _known = _known.Union(_watched);
        Position = Mint();
        foreach (var change in changes.Where(rules.IsMarked)) _outbox.Mark(change.Uid);
    }

    public NamespaceVerdict Verify(Position held)
    {
        if (Position.IsNone) return default;
        return _store.Count == 0 ? new NamespaceVerdict(false, Mint()) : new NamespaceVerdict(_outbox.Verify(held, Position.None, Position), default);
    }

    public Batch<ResourceChange>? Take()
    {
        if (_outbox.Take(Position) is not { } shipment) return null;
        var uids = shipment.IsSnapshot ? _store.Keys : shipment.Keys;
        var changes = uids.Select(uid => new ResourceChange(uid, _store.GetValueOrDefault(uid))).ToArray();
        new Random(++_taken).Shuffle(changes);
        return new Batch<ResourceChange>
        {
            Namespace = Cluster.Namespace, Previous = shipment.Previous, Position = shipment.Position, IsSnapshot = shipment.IsSnapshot,
            Unknown = KindSet.All.Except(_known), Changes = changes,
        };
    }

    public void Complete(Receipt receipt) => _outbox.Complete(receipt);

    public void Fail(Exception exception) => _outbox.Fail();

    private Position Mint()
    {
        var position = new Position(term, ++_number);
        minted(position, _store.Values, _watched, KindSet.All.Except(_known));
        return position;
    }
}
