using MetaCollector.Conversation.Receiving;
using MetaCollector.Conversation.Sharing;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;
using MetaCollector.Grains.Relations;

namespace MetaCollector.Grains.Slices;

/// <summary>
/// What a ResourceGrain is without Orleans: it takes the leader's batches, and keeps for every node what that node has still to be
/// told. Not thread-safe.
/// </summary>
/// <param name="namespace">Name of the namespace.</param>
/// <param name="pool">The silo's versions; null to keep what comes.</param>
internal sealed class NamespaceState(string @namespace, VersionPool? pool = null)
{
    private const int KeptCapacity = 256;

    private readonly Inbox<ResourceChange> _inbox = new();
    private readonly NamespaceRelations _relations = new();
    private readonly Dictionary<string, SliceOutgoing> _nodes = new(StringComparer.Ordinal);
    private readonly List<NodeChange> _told = [];

    /// <summary>
    /// The kinds of which the leader knows nothing. What was last known of them here is held on to and told, but says nothing of what is
    /// gone: another activation may have known more.
    /// </summary>
    public KindSet Unknown { get; private set; } = KindSet.All;

    /// <summary>The position of what is held.</summary>
    public Position Position => _inbox.Held;

    /// <summary>The nodes that may hold something of this namespace, as far as is known here.</summary>
    public string[] NodeNames => [.. _nodes.Keys];

    /// <summary>The relations, to look at.</summary>
    public NamespaceRelations Relations => _relations;

    /// <summary>The nodes that are told, each with what it has still to be told.</summary>
    public IReadOnlyDictionary<string, SliceOutgoing> Nodes => _nodes;

    /// <summary>Takes a batch of the leader.</summary>
    /// <param name="batch">One part.</param>
    /// <param name="watched">The kinds that the leader can read now.</param>
    /// <param name="due">Gets the nodes that have something to be told since.</param>
    public Receipt Receive(Batch<ResourceChange> batch, KindSet watched, ISet<string> due)
    {
        var before = Position;
        var receipt = _inbox.Receive(batch, (State: this, Watched: watched, Due: due), static (to, batch, changes) =>
        {
            to.State.Apply(batch, changes, to.Watched, to.Due);
            return true;
        });
        if (Position == before) return receipt;

        // Who waits for a position may have reached it without a change of its own.
        foreach (var (node, outgoing) in _nodes)
            if (!outgoing.IsIdle) due.Add(node);
        return receipt;
    }

    /// <summary>The leader said that there is no such namespace: nothing is related to any node.</summary>
    /// <param name="asOf">The position as of which this is so.</param>
    /// <param name="due">Gets the nodes that have something to be told since.</param>
    public void Receive(Position asOf, ISet<string> due) =>
        Receive(new Batch<ResourceChange> { Namespace = @namespace, Position = asOf, IsSnapshot = true, Changes = [] }, _relations.Watched, due);

    /// <summary>A node says what it holds and how far it wants to come.</summary>
    /// <returns>The position as of which its slice is current; <see cref="Position.None"/> where it is not.</returns>
    public Position Verify(string node, Position held, Position atLeast) => NodeOf(node).Verify(held, atLeast) ? Position : Position.None;

    /// <summary>Forgets the nodes that have nothing here and were told so.</summary>
    /// <returns>Their names.</returns>
    public IReadOnlyList<string> ForgetIdleNodes()
    {
        var idle = _nodes.Where(node => node.Value.IsIdle && _relations.IsEmpty(node.Key)).Select(node => node.Key).ToList();
        foreach (var node in idle) _nodes.Remove(node);
        return idle;
    }

    /// <summary>What <paramref name="node"/> has still to be told.</summary>
    public SliceOutgoing NodeOf(string node)
    {
        if (!_nodes.TryGetValue(node, out var outgoing)) _nodes[node] = outgoing = new SliceOutgoing(@namespace, new Source(this, node));
        return outgoing;
    }

    private void Apply(Batch<ResourceChange> batch, ResourceChange[] changes, KindSet watched, ISet<string> due)
    {
        if (batch.IsSnapshot) NoteUnknown(batch.Unknown);
        _relations.Apply(Shared(changes), watched, batch.IsSnapshot ? KindSet.All.Except(batch.Unknown) : default, _told);
        foreach (var change in _told)
        {
            NodeOf(change.Node).Mark(change.Key, batch.ArrivedAt, batch.Trace);
            due.Add(change.Node);
        }

        // A snapshot tells of everything once; what follows is small.
        _told.Clear();
        if (_told.Capacity > KeptCapacity) _told.Capacity = KeptCapacity;
    }

    // Nodes hold what they last knew of a kind that was unknown until now: now they are told what is.
    private void NoteUnknown(KindSet unknown)
    {
        if (unknown == Unknown) return;
        Unknown = unknown;
        foreach (var outgoing in _nodes.Values) outgoing.RequireSnapshot();
    }

    // The batch belongs to its sender too, which may be on this silo.
    private ResourceChange[] Shared(ResourceChange[] changes) => pool is null
        ? changes
        : Array.ConvertAll(changes, change => change.Resource is { } resource ? change with { Resource = pool.Share(resource) } : change);

    private sealed class Source(NamespaceState owner, string node) : ISliceSource
    {
        public Position Position => owner.Position;

        public KindSet Unknown => owner.Unknown;

        public IEnumerable<NodeResource> All() => owner._relations.Slice(node);

        public NodeResource? Find(Uid uid) => owner._relations.Find(node, uid);
    }
}
