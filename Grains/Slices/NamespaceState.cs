using MetaCollector.Conversation.Receiving;
using MetaCollector.Conversation.Sharing;
using MetaCollector.Grains.Relations;

namespace MetaCollector.Grains.Slices;

/// <summary>
/// The state of a ResourceGrain, without Orleans: applies the leader's batches, and keeps for every node what it has yet to send. Not
/// thread-safe.
/// </summary>
internal sealed class NamespaceState(string @namespace, VersionPool pool)
{
    private readonly Inbox<ResourceChange> _inbox = new();
    private readonly NamespaceRelations _relations = new(pool);
    private readonly Dictionary<string, SliceOutgoing> _nodes = new(StringComparer.Ordinal);

    /// <summary>
    /// The kinds that the leader does not know. The grain keeps and sends what it last knew of them; nodes keep what it does not send, because
    /// another activation may have known more.
    /// </summary>
    public KindSet Unknown { get; private set; } = KindSet.All;

    /// <summary>The position of what is held.</summary>
    public Position Position => _inbox.Held;

    /// <summary>What a successor has to know of the nodes that may hold something of this namespace.</summary>
    public ToldNode[] Told => [.. _nodes.Select(node => new ToldNode(node.Key, node.Value.Acknowledged, node.Value.ToldUpTo(Position)))];

    /// <summary>The relations; read-only.</summary>
    public NamespaceRelations Relations => _relations;

    /// <summary>By node, what the grain has yet to send.</summary>
    public IReadOnlyDictionary<string, SliceOutgoing> Nodes => _nodes;

    /// <summary>Takes a batch of the leader.</summary>
    /// <param name="batch">One part.</param>
    /// <param name="watched">The kinds that the leader can read now.</param>
    /// <param name="due">Gets the nodes to which something may be due.</param>
    public Receipt Receive(Batch<ResourceChange> batch, KindSet watched, ISet<string> due)
    {
        var before = Position;
        var receipt = _inbox.Receive(batch, (State: this, Watched: watched), static (to, batch, changes) =>
        {
            to.State.Apply(batch, changes, to.Watched);
            return true;
        });
        if (Position == before) return receipt;

        // Also a node that waits for a position may now get it, without a change in its slice.
        foreach (var (node, outgoing) in _nodes)
        {
            outgoing.Reach();
            if (!outgoing.IsIdle) due.Add(node);
        }

        return receipt;
    }

    /// <summary>The leader answered that the namespace does not exist: nothing is related to any node.</summary>
    /// <param name="asOf">The position as of which this is so.</param>
    /// <param name="due">Gets the nodes to which something may be due.</param>
    public void Receive(Position asOf, ISet<string> due) =>
        Receive(new Batch<ResourceChange> { Namespace = @namespace, Position = asOf, IsSnapshot = true, Changes = [] }, _relations.Watched, due);

    /// <summary>Takes a node's question whether its slice is current.</summary>
    /// <returns>The position as of which its slice is current; <see cref="Position.None"/> where it is not.</returns>
    public Position Verify(string node, Position held, Position atLeast) => NodeOf(node).Verify(held, atLeast) ? Position : Position.None;

    /// <summary>Takes over from an activation that told these nodes.</summary>
    public void TakeOver(IEnumerable<ToldNode> told)
    {
        foreach (var (node, held, asOf) in told)
        {
            var outgoing = NodeOf(node);
            // One that was not told everything gets a snapshot.
            if (!asOf.IsNone) outgoing.GoOnFrom(held, asOf);
        }
    }

    /// <summary>Forgets the nodes that have an empty slice and know it.</summary>
    /// <returns>Their names.</returns>
    public IReadOnlyList<string> ForgetIdleNodes()
    {
        var idle = _nodes.Where(node => node.Value.IsIdle && _relations.IsEmpty(node.Key)).Select(node => node.Key).ToList();
        foreach (var node in idle) _nodes.Remove(node);
        return idle;
    }

    /// <summary>What the grain has yet to send to <paramref name="node"/>.</summary>
    public SliceOutgoing NodeOf(string node)
    {
        if (!_nodes.TryGetValue(node, out var outgoing)) _nodes[node] = outgoing = new SliceOutgoing(@namespace, new Source(this, node));
        return outgoing;
    }

    private void Apply(Batch<ResourceChange> batch, ResourceChange[] changes, KindSet watched)
    {
        if (batch.IsSnapshot) NoteUnknown(batch.Unknown);
        _relations.Apply(
            Shared(changes), watched, batch.IsSnapshot ? KindSet.All.Except(batch.Unknown) : default,
            change => NodeOf(change.Node).Mark(change.Key, batch.ArrivedAt, batch.Trace));
    }

    // Nodes hold what they last knew of a kind that was unknown; a snapshot replaces it.
    private void NoteUnknown(KindSet unknown)
    {
        if (unknown == Unknown) return;
        var isFirst = Unknown == KindSet.All;
        Unknown = unknown;
        // Nobody was told anything by this activation: what a node holds of another has a position.
        if (isFirst) return;
        foreach (var outgoing in _nodes.Values) outgoing.RequireSnapshot();
    }

    // Copies the array: the sender may be on this silo and use it too.
    private ResourceChange[] Shared(ResourceChange[] changes) =>
        Array.ConvertAll(changes, change => change.Resource is { } resource ? change with { Resource = pool.Share(resource) } : change);

    private sealed class Source(NamespaceState owner, string node) : ISliceSource
    {
        public Position Position => owner.Position;

        public KindSet Unknown => owner.Unknown;

        public IEnumerable<NodeResource> All() => owner._relations.Slice(node);

        public NodeResource? Find(Uid uid) => owner._relations.Find(node, uid);
    }
}
