using MetaCollector.Conversation.Receiving;
using MetaCollector.Conversation.Sharing;
using MetaCollector.Gateway.Rendering;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;

namespace MetaCollector.Gateway.Nodes;

/// <summary>
/// What is relevant to one node, as its grain told it: the slices of its namespaces, merged by uid. Not thread-safe.
/// </summary>
/// <remarks>
/// A resource whose event would be larger than a client accepts is kept out, as if it were not related: every stream's log stays
/// legal, and no stream dies of it. It takes thousands of references to get there.
/// </remarks>
/// <param name="oversized">Told of each version that is kept out.</param>
/// <param name="pool">The silo's versions; null to keep what comes.</param>
internal sealed class NodeContent(Action<NodeResource>? oversized = null, VersionPool? pool = null)
{
    private const int KeptCapacity = 64;

    // Longer than a grain that lives twice does: the one that was lost must not find an empty place for what it still holds.
    private static readonly TimeSpan EmptyKept = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, Slice> _slices = new(StringComparer.Ordinal);
    private readonly Dictionary<Uid, NodeResource> _resources = [];
    private readonly Predicate<NodeResource> _admits = resource =>
    {
        if (EventSize.Fits(resource)) return true;
        oversized?.Invoke(resource);
        return false;
    };

    private readonly List<ContentChange> _changes = [];
    private readonly List<ContentChange> _unordered = [];

    /// <summary>What is relevant, by uid. Not to be modified.</summary>
    public Dictionary<Uid, NodeResource> Resources => _resources;

    /// <summary>
    /// What the last call changed: first the pods that are gone, so that a name is free before it is used again; then what is there;
    /// then whatever else is gone; each uid once. Also where the call failed half-way. Valid until the next call.
    /// </summary>
    public IReadOnlyList<ContentChange> Changes => _changes;

    /// <summary>
    /// The positions held, by namespace. Those of namespaces that have been empty for a minute are forgotten. One of which something is
    /// kept that the node left out, since some kinds are unknown to it, is named without a position: it is sent anew as soon as the node
    /// knows more.
    /// </summary>
    public NamespacePosition[] Positions(TimeProvider time)
    {
        ForgetEmpty(time);
        var positions = new List<NamespacePosition>(_slices.Count);
        foreach (var (name, slice) in _slices)
            if (!slice.Position.IsNone) positions.Add(new NamespacePosition(name, slice.Keeps ? Position.None : slice.Position));
        return [.. positions];
    }

    /// <summary>Makes room for what these batches bring, where nothing is held yet.</summary>
    public void Expect(Batch<SliceChange>[] batches)
    {
        if (_resources.Count > 0) return;
        _slices.EnsureCapacity(batches.Length);
        _resources.EnsureCapacity(batches.Sum(batch => batch.Changes.Length));
    }

    /// <summary>Takes a batch, and applies it as soon as its last part is there.</summary>
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

    /// <summary>Whether as much is held of each of these namespaces.</summary>
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
        _resources.TrimIfSparse();
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

    private sealed class Slice(Dictionary<Uid, NodeResource> resources, VersionPool? pool, Predicate<NodeResource> admits) : SliceInbox(resources, pool, admits)
    {
        public long? EmptySince { get; set; }
    }
}
