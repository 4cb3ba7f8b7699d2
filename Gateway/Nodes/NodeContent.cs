using MetaCollector.Conversation.Receiving;
using MetaCollector.Conversation.Sharing;
using MetaCollector.Gateway.Rendering;

namespace MetaCollector.Gateway.Nodes;

/// <summary>
/// What is related to one node, as its grain sent it: the slices of all namespaces, merged by uid. Not thread-safe.
/// </summary>
/// <remarks>
/// A resource whose event would be larger than clients accept is left out, as if it were not related: its event would end every stream. Only
/// thousands of references or labels make an event that large.
/// </remarks>
/// <param name="oversized">Called for each version that is left out.</param>
/// <param name="pool">The silo's versions.</param>
internal sealed class NodeContent(Action<NodeResource> oversized, VersionPool pool)
{
    private const int KeptCapacity = 64;

    // A stale NodeGrain activation may send an old snapshot for up to a minute; keep the position so that it is rejected.
    private static readonly TimeSpan EmptyKept = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, Slice> _slices = new(StringComparer.Ordinal);
    private readonly UidSortedSet<NodeResource> _resources = new();
    private readonly Predicate<NodeResource> _admits = resource =>
    {
        if (EventSize.Fits(resource)) return true;
        oversized(resource);
        return false;
    };

    private readonly List<ContentChange> _changes = [];
    private readonly List<ContentChange> _unordered = [];

    /// <summary>What is related, by uid. Do not modify.</summary>
    public UidSortedSet<NodeResource> Resources => _resources;

    /// <summary>
    /// What the last call changed, also if it threw: first removed pods, so that a name is free before it is used again; then new and changed
    /// resources; then other removed resources. Each uid once. Valid until the next call.
    /// </summary>
    public IReadOnlyList<ContentChange> Changes => _changes;

    /// <summary>
    /// The positions held, by namespace. Forgets namespaces that have been empty for a minute. A namespace of which it keeps something that the
    /// node left out, because the node does not know some kinds, has no position: the node sends it again once it knows more.
    /// </summary>
    public NamespacePosition[] Positions(TimeProvider time)
    {
        ForgetEmpty(time);
        var positions = new List<NamespacePosition>(_slices.Count);
        foreach (var (name, slice) in _slices)
            if (!slice.Position.IsNone) positions.Add(new NamespacePosition(name, slice.Keeps ? Position.None : slice.Position));
        return [.. positions];
    }

    /// <summary>Reserves capacity for these batches, if nothing is held yet.</summary>
    public void Expect(Batch<SliceChange>[] batches)
    {
        if (_resources.Count > 0) return;
        _slices.EnsureCapacity(batches.Length);
        _resources.EnsureCapacity(batches.Sum(batch => batch.Changes.Length));
    }

    /// <summary>Takes a part of a batch, and applies the batch with its last part.</summary>
    public Receipt Receive(Batch<SliceChange> batch)
    {
        _changes.Clear();
        if (_changes.Capacity > KeptCapacity) _changes.Capacity = KeptCapacity;
        if (!_slices.TryGetValue(batch.Namespace, out var slice)) _slices[batch.Namespace] = slice = new Slice(_resources, pool, _admits);
        try
        {
            return slice.Receive(batch, _changes);
        }
        finally
        {
            InOrder();
        }
    }

    /// <summary>Whether each of these namespaces is held at this position or a newer one.</summary>
    public bool Holds(NamespacePosition[] namespaces)
    {
        foreach (var (name, position) in namespaces)
            if ((_slices.TryGetValue(name, out var slice) ? slice.Position : Position.None) < position) return false;
        return true;
    }

    private void ForgetEmpty(TimeProvider time)
    {
        foreach (var (name, slice) in _slices)
        {
            if (slice.Count > 0) slice.EmptySince = null;
            else if (slice.EmptySince is not { } since) slice.EmptySince = time.GetTimestamp();
            else if (time.GetElapsedTime(since) > EmptyKept) _slices.Remove(name);
        }

        _slices.TrimIfSparse();
    }

    private void InOrder()
    {
        if (_changes.Count < 2) return;
        _unordered.Clear();
        _unordered.AddRange(_changes);
        _changes.Clear();
        for (var rank = 0; rank <= 2; rank++)
        {
            foreach (var change in _unordered)
                if (RankOf(change) == rank) _changes.Add(change);
        }

        if (_unordered.Capacity <= KeptCapacity) return;
        _unordered.Clear();
        _unordered.Capacity = KeptCapacity;
    }

    private static int RankOf(ContentChange change) => change switch
    {
        { After: null, Before.Kind: ResourceKind.Pod } => 0,
        { After: not null } => 1,
        _ => 2,
    };

    private sealed class Slice(UidSortedSet<NodeResource> resources, VersionPool pool, Predicate<NodeResource> admits) : SliceInbox(resources, pool, admits)
    {
        public long? EmptySince { get; set; }
    }
}
