using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;
using MetaCollector.Tests.Grains.Histories;

namespace MetaCollector.Tests.Grains.Slices;

/// <summary>A leader in one term, with the store that it feeds from: it mints a position whenever something arrives.</summary>
/// <param name="term">Its term.</param>
/// <param name="cluster">What it watches.</param>
/// <param name="minted">Called with each new position, and what there is at that moment.</param>
/// <param name="rules">The rules, to be broken.</param>
internal sealed class Leader(long term, Cluster cluster, Action<Position, IEnumerable<Resource>, KindSet> minted, Rules rules) : IOutgoing<ResourceChange>
{
    private readonly Dictionary<Uid, Resource> _store = [];
    private readonly Outbox<Uid> _outbox = new();
    private KindSet _watched;
    private int _taken;

    public Position Position { get; private set; }

    /// <summary>Whether there are pods on a node.</summary>
    public bool HasPodsOn(string node) => _store.Values.Any(resource => resource is Pod pod && pod.Node == node);

    /// <summary>Something arrives; at first everything.</summary>
    public void Observe(Step step)
    {
        var isFirst = Position.IsNone;
        var changes = isFirst ? cluster.Snapshot(step, _store) : cluster.Deliver(step, _store);
        if (!isFirst && changes.Length == 0 && _watched == cluster.Watched) return;
        if (_watched != cluster.Watched) _outbox.RequireSnapshot();
        _watched = cluster.Watched;
        Position = new Position(term, Position.Number + 1);
        foreach (var change in changes.Where(rules.IsMarked)) _outbox.Mark(change.Uid);
        minted(Position, _store.Values, _watched);
    }

    public bool Verify(Position held) => _outbox.Verify(held, Position.None, Position);

    public Batch<ResourceChange>? Take()
    {
        if (_outbox.Take(Position) is not { } shipment) return null;
        var uids = shipment.IsSnapshot ? _store.Values.Where(resource => _watched.Contains(resource.Kind)).Select(resource => resource.Uid) : shipment.Keys;
        var changes = uids.Select(uid => new ResourceChange(uid, _store.GetValueOrDefault(uid))).ToArray();
        new Random(++_taken).Shuffle(changes);
        return new Batch<ResourceChange>
        {
            Namespace = Cluster.Namespace, Previous = shipment.Previous, Position = shipment.Position, IsSnapshot = shipment.IsSnapshot,
            Changes = changes,
        };
    }

    public void Complete(Receipt receipt) => _outbox.Complete(receipt);

    public void Fail(Exception exception) => _outbox.Fail();
}
