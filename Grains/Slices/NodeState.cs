using MetaCollector.Conversation.Receiving;
using MetaCollector.Conversation.Sharing;
using MetaCollector.Grains.Interfaces.Inspection;
using MetaCollector.Grains.Interfaces.Leadership;
using MetaCollector.Grains.Relations;

namespace MetaCollector.Grains.Slices;

/// <summary>
/// The state of a NodeGrain, without Orleans: its slices, the positions that they must reach before the node is complete, and what it has yet
/// to send to each gateway. Not thread-safe.
/// </summary>
internal sealed class NodeState(VersionPool pool)
{
    private readonly Dictionary<string, NodeSlice> _slices = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Position> _awaited = new(StringComparer.Ordinal);
    private readonly List<GatewayOutgoing> _observers = [];
    private readonly List<ContentChange> _changed = [];

    /// <summary>
    /// Whether every slice has reached the position that the leader named. Stays true: later losses are repaired slice by slice.
    /// </summary>
    public bool IsComplete { get; private set; }

    public IEnumerable<NamespacePosition> Positions => _slices.Select(slice => new NamespacePosition(slice.Key, slice.Value.Position));

    /// <summary>Whether no slice has a resource.</summary>
    public bool IsEmpty => _slices.Values.All(slice => slice.Count == 0);

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
            // Do not send an empty slice to a gateway that does not hold it: the gateway would hold a position, and neither side would forget it.
            if (slice.Count == 0 && !observer.Slices.ContainsKey(batch.Namespace)) continue;
            var outgoing = observer.SliceOf(batch.Namespace, slice);
            foreach (var change in _changed) outgoing.Mark(new SliceKey(change.Uid, change.IsOfReferences), batch.ArrivedAt, batch.Trace);
            // It may hold what it last knew of a kind that was unknown here.
            if (slice.Unknown != unknown || (keeps && !slice.Keeps)) outgoing.RequireSnapshot();
            outgoing.Reach();
        }

        NoteCompleteness();
        return receipt;
    }

    /// <summary>
    /// Takes from the leader which namespaces have pods on this node, and their positions. Empties the slices of all other namespaces, since
    /// only pods relate resources to a node.
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

    /// <summary>The namespaces to ask whether the node's slice is current.</summary>
    /// <param name="inventory">The namespaces with pods on this node, with the leader's positions.</param>
    public IReadOnlyList<string> ToVerify(IReadOnlyCollection<NamespacePosition> inventory) =>
    [
        .. inventory.Where(slice => !_slices.TryGetValue(slice.Namespace, out var held) || held.IsDoubted || held.CurrentAt < slice.Position)
            .Select(slice => slice.Namespace),
    ];

    /// <summary>A silo died, and with it whoever knew what this node holds: each slice is asked about until its namespace confirms it.</summary>
    public void DoubtSlices()
    {
        foreach (var slice in _slices.Values) slice.IsDoubted = true;
    }

    /// <summary>Takes a namespace's answer that the slice is current.</summary>
    /// <param name="namespace">The namespace.</param>
    /// <param name="held">The position that was asked about.</param>
    /// <param name="currentAt">The position as of which it is current; <see cref="Position.None"/> if it is not.</param>
    public void Confirm(string @namespace, Position held, Position currentAt)
    {
        if (_slices.TryGetValue(@namespace, out var slice)) slice.Confirm(held, currentAt);
    }

    /// <summary>A gateway subscribes or renews.</summary>
    /// <remarks>
    /// The gateway may hold a namespace that this activation does not know: it is gone, or only another activation knew it. The grain then asks
    /// the leader whether the namespace has pods here, and the namespace for the slice.
    /// </remarks>
    /// <param name="observer">What the node has yet to send to the gateway.</param>
    /// <param name="held">The positions that it holds.</param>
    /// <returns>Whether the gateway holds a namespace that this activation does not know.</returns>
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
            // Both hold nothing of it: an empty snapshot would make the gateway hold a position of a namespace that is gone.
            if (slice.Count == 0 && !positions.ContainsKey(name) && observer.IsIdleAbout(name)) observer.Forget(name);
            else observer.SliceOf(name, slice).Verify(positions.GetValueOrDefault(name), Position.None);
        }

        return positions.Keys.Any(name => _slices[name].Position.IsNone);
    }

    public void Remove(GatewayOutgoing observer) => _observers.Remove(observer);

    /// <summary>Forgets empty slices that the leader did not name and of which no gateway holds a position.</summary>
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

    /// <summary>The position of a slice; <see cref="Position.None"/> if there is none.</summary>
    public Position PositionOf(string @namespace) => _slices.TryGetValue(@namespace, out var slice) ? slice.Position : Position.None;

    /// <summary>The position that a slice must reach before the node is complete; <see cref="Position.None"/> for none.</summary>
    public Position Awaited(string @namespace) => _awaited.GetValueOrDefault(@namespace);

    /// <summary>What it holds, for <c>metacollector inspect</c>.</summary>
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
