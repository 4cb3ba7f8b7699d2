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
internal sealed class NamespaceConversation(string @namespace, VersionPool? pool = null)
{
    private const int KeptCapacity = 256;

    private readonly Inbox<ResourceChange> _inbox = new();
    private readonly NamespaceRelations _relations = new();
    private readonly Dictionary<string, SliceOutgoing> _nodes = new(StringComparer.Ordinal);
    private readonly List<NodeChange> _told = [];

    /// <summary>The position of what is held.</summary>
    public Position Position => _inbox.Held;

    /// <summary>The relations, to look at.</summary>
    public NamespaceRelations Relations => _relations;

    /// <summary>The nodes that are told, each with what it has still to be told.</summary>
    public IReadOnlyDictionary<string, SliceOutgoing> Nodes => _nodes;

    /// <summary>Takes a batch of the leader.</summary>
    /// <param name="batch">One part.</param>
    /// <param name="watched">The kinds that the leader can read.</param>
    /// <param name="due">Gets the nodes that have something to be told since.</param>
    public Receipt Receive(Batch<ResourceChange> batch, KindSet watched, ISet<string> due)
    {
        var receipt = _inbox.Receive(batch, out var changes);
        if (changes is null) return receipt;
        _relations.Apply(Shared(changes), watched, batch.IsSnapshot, _told);
        foreach (var change in _told)
        {
            NodeOf(change.Node).Mark(change.Key, batch.ArrivedAt, batch.Trace);
            due.Add(change.Node);
        }

        // A snapshot tells of everything once; what follows is small.
        _told.Clear();
        if (_told.Capacity > KeptCapacity) _told.Capacity = KeptCapacity;

        // Who waits for a position may have reached it without a change of its own.
        foreach (var (node, outgoing) in _nodes)
            if (!outgoing.IsIdle) due.Add(node);
        return receipt;
    }

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

    // The batch belongs to its sender too, which may be on this silo.
    private ResourceChange[] Shared(ResourceChange[] changes) => pool is null
        ? changes
        : Array.ConvertAll(changes, change => change.Resource is { } resource ? change with { Resource = pool.Share(resource) } : change);

    private sealed class Source(NamespaceConversation owner, string node) : ISliceSource
    {
        public Position Position => owner.Position;

        public IEnumerable<NodeResource> All() => owner._relations.Slice(node);

        public NodeResource? Find(Uid uid) => owner._relations.Find(node, uid);
    }
}
