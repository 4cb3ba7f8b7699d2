using MetaCollector.Conversation.Receiving;
using MetaCollector.Conversation.Sharing;
using MetaCollector.Grains.Interfaces.Inspection;
using MetaCollector.Grains.Interfaces.Leadership;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;
using MetaCollector.Grains.Relations;

namespace MetaCollector.Grains.Slices;

/// <summary>
/// What a NodeGrain is without Orleans: its slices, how far they have to come before the node is complete, and what each gateway has
/// still to be told. Not thread-safe.
/// </summary>
/// <param name="pool">The silo's versions; null to keep what comes.</param>
internal sealed class NodeState(VersionPool? pool = null)
{
    private readonly Dictionary<string, NodeSlice> _slices = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Position> _awaited = new(StringComparer.Ordinal);
    private readonly List<GatewayOutgoing> _observers = [];
    private readonly List<ContentChange> _changed = [];

    /// <summary>
    /// Whether every slice has come as far as the leader said once. Once true it stays so: what is lost from then on is repaired
    /// slice by slice.
    /// </summary>
    public bool IsComplete { get; private set; }

    /// <summary>How far each slice is.</summary>
    public IEnumerable<NamespacePosition> Positions => _slices.Select(slice => new NamespacePosition(slice.Key, slice.Value.Position));

    /// <summary>Number of resources, over all slices.</summary>
    public int Count => _slices.Values.Sum(slice => slice.Count);

    /// <summary>Takes a batch of a namespace.</summary>
    /// <param name="batch">One part.</param>
    public Receipt Receive(Batch<SliceChange> batch)
    {
        _changed.Clear();
        var slice = SliceOf(batch.Namespace);
        var (before, unknown, keeps) = (slice.Position, slice.Unknown, slice.Keeps);
        var receipt = slice.Receive(batch, _changed);
        if (slice.Position == before) return receipt;

        foreach (var observer in _observers)
        {
            // Who holds nothing of what is empty need not hear of it: it would hold a position, and neither side would ever forget it.
            if (slice.Count == 0 && !observer.Slices.ContainsKey(batch.Namespace)) continue;
            var outgoing = observer.SliceOf(batch.Namespace, slice);
            foreach (var change in _changed) outgoing.Mark(new SliceKey(change.Uid, change.IsOfReferences), batch.ArrivedAt, batch.Trace);
            // It may hold what it last knew of a kind that was unknown here.
            if (slice.Unknown != unknown || (keeps && !slice.Keeps)) outgoing.RequireSnapshot();
        }

        NoteCompleteness();
        return receipt;
    }

    /// <summary>
    /// The leader said which namespaces have pods here, and how far they are. Of any other nothing is related to this node, since
    /// everything that is related is so by a pod.
    /// </summary>
    public void Expect(NodeInventory inventory)
    {
        var named = inventory.Namespaces.Select(expected => expected.Namespace).ToHashSet(StringComparer.Ordinal);
        foreach (var name in _slices.Keys.Where(name => !named.Contains(name)).ToArray())
            Receive(new Batch<SliceChange> { Namespace = name, Position = inventory.AsOf, IsSnapshot = true, Changes = [] });

        if (IsComplete) return;
        _awaited.Clear();
        foreach (var expected in inventory.Namespaces) _awaited[expected.Namespace] = expected.Position;
        NoteCompleteness(isExpecting: true);
    }

    /// <summary>The namespaces to be asked whether what is held of them is current.</summary>
    /// <param name="inventory">The namespaces with pods here and how far they are, as the leader said.</param>
    /// <param name="all">Whether all of them are asked; else those are left out that are known to be current as of the leader's position.</param>
    public IReadOnlyList<string> ToVerify(IReadOnlyCollection<NamespacePosition> inventory, bool all) =>
    [
        .. inventory.Where(slice => all || !_slices.TryGetValue(slice.Namespace, out var held) || held.CurrentAt < slice.Position)
            .Select(slice => slice.Namespace),
    ];

    /// <summary>A namespace answered to the question whether what is held of it is current.</summary>
    /// <param name="namespace">The namespace.</param>
    /// <param name="held">The position that was asked about.</param>
    /// <param name="currentAt">As of which position it is current.</param>
    public void Confirm(string @namespace, Position held, Position currentAt)
    {
        if (_slices.TryGetValue(@namespace, out var slice)) slice.Confirm(held, currentAt);
    }

    /// <summary>A gateway begins or goes on to be told.</summary>
    /// <remarks>
    /// What it holds of a namespace that the node does not know may be gone, or known to another activation of this node alone. The
    /// leader knows whether there are pods of it here, and the namespace what is related.
    /// </remarks>
    /// <param name="observer">What the gateway has still to be told, new or known.</param>
    /// <param name="held">The positions that it holds.</param>
    /// <returns>Whether there are namespaces of which nothing is known here.</returns>
    public bool Renew(GatewayOutgoing observer, IReadOnlyCollection<NamespacePosition> held)
    {
        if (!_observers.Contains(observer)) _observers.Add(observer);
        observer.Held = held;
        // Nearly every renewal is this one.
        if (held.Count == _slices.Count && HasAcknowledged(observer, held)) return false;
        var positions = held.ToDictionary(slice => slice.Namespace, slice => slice.Position, StringComparer.Ordinal);
        foreach (var name in positions.Keys) SliceOf(name);
        foreach (var (name, slice) in _slices)
        {
            // Both hold nothing of it: to be told so again would make the gateway hold a position of what is gone.
            if (slice.Count == 0 && !positions.ContainsKey(name) && observer.IsIdleAbout(name)) observer.Forget(name);
            else observer.SliceOf(name, slice).Verify(positions.GetValueOrDefault(name), Position.None);
        }

        return positions.Keys.Any(name => _slices[name].Position.IsNone);
    }

    /// <summary>A gateway is told nothing any more.</summary>
    public void Remove(GatewayOutgoing observer) => _observers.Remove(observer);

    /// <summary>Forgets the slices that are empty, were not expected, and of which no gateway holds a position any more.</summary>
    public void ForgetEmptySlices(IReadOnlyCollection<NamespacePosition> expected)
    {
        foreach (var name in _slices.Where(slice => slice.Value.Count == 0).Select(slice => slice.Key).ToArray())
        {
            if (expected.Any(other => other.Namespace == name) || _observers.Any(observer => observer.Held.Any(held => held.Namespace == name) || !observer.IsIdleAbout(name))) continue;
            _slices.Remove(name);
            foreach (var observer in _observers) observer.Forget(name);
        }

        _slices.TrimIfSparse();
    }

    /// <summary>How far the slice of a namespace is; <see cref="Position.None"/> where there is none.</summary>
    public Position PositionOf(string @namespace) => _slices.TryGetValue(@namespace, out var slice) ? slice.Position : Position.None;

    /// <summary>How far the node wants to come in a namespace; <see cref="Position.None"/> where it has no such wish.</summary>
    public Position Awaited(string @namespace) => _awaited.GetValueOrDefault(@namespace);

    /// <summary>What it holds, for people.</summary>
    public NodeInspection Inspect() => new()
    {
        IsComplete = IsComplete,
        Slices =
        [
            .. _slices.Keys.Union(_awaited.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(name =>
            {
                var slice = _slices.GetValueOrDefault(name);
                return new HeldSlice(name, slice?.Position ?? default, Awaited(name), slice?.Count ?? 0);
            }),
        ],
        Gateways = _observers.Count,
    };

    private NodeSlice SliceOf(string @namespace)
    {
        if (!_slices.TryGetValue(@namespace, out var slice)) _slices[@namespace] = slice = new NodeSlice(pool);
        return slice;
    }

    // Whether the gateway holds just what it acknowledged, and nothing of it is due.
    private bool HasAcknowledged(GatewayOutgoing observer, IReadOnlyCollection<NamespacePosition> held)
    {
        foreach (var (name, position) in held)
        {
            if (!_slices.TryGetValue(name, out var slice) || slice.Position.IsNone) return false;
            if (!observer.Slices.TryGetValue(name, out var outgoing) || outgoing.Acknowledged != position || !outgoing.IsIdle) return false;
        }

        return true;
    }

    private void NoteCompleteness(bool isExpecting = false)
    {
        if (IsComplete || (!isExpecting && _awaited.Count == 0)) return;
        if (_awaited.Any(expected => !_slices.TryGetValue(expected.Key, out var slice) || slice.Position < expected.Value)) return;
        IsComplete = true;
        _awaited.Clear();
        _awaited.TrimExcess();
    }
}
