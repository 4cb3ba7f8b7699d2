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
internal class NodeContent(Action<NodeResource>? oversized = null, VersionPool? pool = null)
{
    private const int KeptCapacity = 64;

    // Longer than a grain that lives twice does: the one that was lost must not find an empty place for what it still holds.
    private static readonly TimeSpan EmptyKept = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, Slice> _slices = new(StringComparer.Ordinal);
    private readonly Dictionary<Uid, NodeResource> _resources = [];
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
            if (!slice.Inbox.Held.IsNone) positions.Add(new NamespacePosition(name, slice.KeptFor.IsEmpty ? slice.Inbox.Held : Position.None));
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
        Begin();
        var isKnown = _slices.TryGetValue(batch.Namespace, out var slice);
        if (!isKnown) _slices[batch.Namespace] = slice = new Slice();
        try
        {
            return slice!.Inbox.Receive(
                batch, (Content: this, Slice: slice, IsKnown: isKnown), static (to, batch, changes) => to.Content.Apply(to.Slice, batch, changes, to.IsKnown));
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
            if ((_slices.TryGetValue(name, out var slice) ? slice.Inbox.Held : Position.None) < position) return false;
        return true;
    }

    /// <summary>Removes what a snapshot of its namespace did not mention.</summary>
    protected virtual void RemoveUnmentioned(string @namespace, HashSet<Uid> mentioned, KindSet unknown)
    {
        var unmentioned = _resources.Where(held => held.Value.Resource.Namespace == @namespace && !mentioned.Contains(held.Key)).Select(held => held.Key);
        foreach (var uid in unmentioned.OrderByDescending(uid => LastKnown.GoesFirst(uid, _resources))) Remove(uid, unknown);
    }

    private static HashSet<Uid> Mentioned(SliceChange[] changes)
    {
        var mentioned = new HashSet<Uid>(changes.Length);
        foreach (var change in changes) mentioned.Add(change.Uid);
        return mentioned;
    }

    private void Begin()
    {
        _changes.Clear();
        if (_changes.Capacity > KeptCapacity) _changes.Capacity = KeptCapacity;
    }

    // False where only the references of something are told that is not held, though the position said that it is.
    private bool Apply(Slice slice, Batch<SliceChange> batch, SliceChange[] changes, bool isKnown)
    {
        if (batch.IsSnapshot) slice.KeptFor = default;
        else if (!slice.KeptFor.Except(batch.Unknown).IsEmpty) return false;
        var builds = true;
        foreach (var (uid, resource, references) in changes)
        {
            if (resource is null && references is null) continue;
            var held = _resources.GetValueOrDefault(uid);
            if ((resource ?? held) is not { } now)
            {
                builds = false;
                continue;
            }

            if (references is not null) now = now with { References = references };
            var completed = LastKnown.Complete(now, held, batch.Unknown, _resources);
            if (!ReferenceEquals(completed, now)) slice.KeptFor = slice.KeptFor.Union(batch.Unknown);
            Put(uid, completed);
        }

        if (!builds) return false;
        foreach (var (uid, resource, references) in changes)
            if (resource is null && references is null && LastKnown.GoesFirst(uid, _resources)) Remove(uid, batch.Unknown);
        foreach (var (uid, resource, references) in changes)
            if (resource is null && references is null) Remove(uid, batch.Unknown);
        if (batch.IsSnapshot && isKnown) RemoveUnmentioned(batch.Namespace, Mentioned(changes), batch.Unknown);
        return true;
    }

    private void Put(Uid uid, NodeResource resource)
    {
        if (!EventSize.Fits(resource))
        {
            oversized?.Invoke(resource);
            Remove(uid, default);
            return;
        }

        if (pool is not null) resource = pool.Share(resource);
        var isNew = !_resources.TryGetValue(uid, out var before);
        if (!isNew && before!.LooksLike(resource))
        {
            // Nobody could tell the difference; but owners and selectors do not matter here, so the newer instance may be shared.
            _resources[uid] = resource;
            return;
        }

        _changes.Add(new ContentChange(uid, before, resource));
        _resources[uid] = resource;
    }

    private void Remove(Uid uid, KindSet unknown)
    {
        if (!_resources.TryGetValue(uid, out var before)) return;
        var @namespace = before.Resource.Namespace;
        if (!unknown.IsEmpty && LastKnown.Stays(before, unknown, _resources.Values.Where(other => other.Resource.Namespace == @namespace)))
        {
            if (_slices.TryGetValue(@namespace, out var slice)) slice.KeptFor = slice.KeptFor.Union(unknown);
            return;
        }

        _changes.Add(new ContentChange(uid, before, null));
        _resources.Remove(uid);
    }

    private void ForgetEmpty(TimeProvider time)
    {
        foreach (var slice in _slices.Values) slice.IsInhabited = false;
        foreach (var resource in _resources.Values)
            if (_slices.TryGetValue(resource.Resource.Namespace, out var slice)) slice.IsInhabited = true;
        foreach (var (name, slice) in _slices)
        {
            if (slice.IsInhabited) slice.EmptySince = null;
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

    /// <summary>What is known of one namespace, but for its resources.</summary>
    private sealed class Slice
    {
        public Inbox<SliceChange> Inbox { get; } = new();

        // The kinds that the node knows nothing of, if something is kept that it left out for that reason.
        public KindSet KeptFor { get; set; }

        public long? EmptySince { get; set; }

        public bool IsInhabited { get; set; }
    }
}

/// <summary>What became of one uid.</summary>
/// <param name="Uid">The uid.</param>
/// <param name="Before">What it was; null where it was not there.</param>
/// <param name="After">What it is; null where it is gone.</param>
internal readonly record struct ContentChange(Uid Uid, NodeResource? Before, NodeResource? After);
