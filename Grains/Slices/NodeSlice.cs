using MetaCollector.Conversation.Receiving;
using MetaCollector.Conversation.Sharing;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;
using MetaCollector.Grains.Relations;

namespace MetaCollector.Grains.Slices;

/// <summary>A node's slice of one namespace, as a NodeGrain holds it. Not thread-safe.</summary>
/// <param name="pool">The silo's versions; null to keep what comes.</param>
internal sealed class NodeSlice(VersionPool? pool = null) : ISliceSource
{
    private readonly Inbox<SliceChange> _inbox = new();
    private readonly Dictionary<Uid, NodeResource> _content = [];
    private Position _confirmed;
    private KindSet _keptFor;

    /// <inheritdoc/>
    public Position Position => _inbox.Held;

    /// <summary>
    /// Whether something is kept that the last producer left out, since it knows nothing of some kinds: then the content is not just that of
    /// <see cref="Position"/>, and only a snapshot of who knows more sets it right.
    /// </summary>
    public bool Keeps => !_keptFor.IsEmpty;

    /// <inheritdoc/>
    public KindSet Unknown { get; private set; } = KindSet.All;

    /// <summary>The newest position as of which the content is known to be current: its own, or one that the namespace confirmed.</summary>
    public Position CurrentAt => _confirmed > Position ? _confirmed : Position;

    /// <summary>Number of resources.</summary>
    public int Count => _content.Count;

    /// <summary>Takes a batch.</summary>
    /// <param name="batch">One part.</param>
    /// <param name="changed">Gets what is different since: nothing that looks as before.</param>
    public Receipt Receive(Batch<SliceChange> batch, List<SliceKey> changed) =>
        _inbox.Receive(batch, (Slice: this, Changed: changed), static (to, batch, changes) => to.Slice.Apply(batch, changes, to.Changed));

    /// <summary>The namespace said that the content as of <paramref name="held"/> is current as of <paramref name="position"/>.</summary>
    public void Confirm(Position held, Position position)
    {
        if (held == Position && position > _confirmed) _confirmed = position;
    }

    /// <inheritdoc/>
    public IEnumerable<NodeResource> All() => _content.Values;

    /// <inheritdoc/>
    public NodeResource? Find(Uid uid) => _content.GetValueOrDefault(uid);

    private bool Apply(Batch<SliceChange> batch, SliceChange[] changes, List<SliceKey> changed)
    {
        if (!batch.IsSnapshot && !_keptFor.Except(batch.Unknown).IsEmpty) return false;
        if (batch.IsSnapshot) (Unknown, _keptFor) = (batch.Unknown, default);
        if (_content.Count == 0) _content.EnsureCapacity(changes.Length);
        // What is gone may be kept for what is told beside it: that comes first.
        foreach (var change in changes)
            if (!IsRemoval(change) && !Put(change, batch.Unknown, changed)) return false;
        foreach (var change in changes)
            if (IsRemoval(change) && LastKnown.GoesFirst(change.Uid, _content)) Remove(change.Uid, batch.Unknown, changed);
        foreach (var change in changes)
            if (IsRemoval(change)) Remove(change.Uid, batch.Unknown, changed);
        if (batch.IsSnapshot) RemoveUnmentioned(changes, batch.Unknown, changed);
        if (_content.Count == 0) _content.TrimExcess();
        return true;
    }

    private void RemoveUnmentioned(SliceChange[] changes, KindSet unknown, List<SliceKey> changed)
    {
        if (_content.Count == changes.Length) return;
        var mentioned = changes.Select(change => change.Uid).ToHashSet();
        foreach (var uid in _content.Keys.Where(uid => !mentioned.Contains(uid)).OrderByDescending(uid => LastKnown.GoesFirst(uid, _content))) Remove(uid, unknown, changed);
    }

    private static bool IsRemoval(SliceChange change) => change is { Resource: null, References: null };

    // False where only the references of something are told that is not held: the position said that it is.
    private bool Put(SliceChange change, KindSet unknown, List<SliceKey> changed)
    {
        var before = _content.GetValueOrDefault(change.Uid);
        var now = change.Resource ?? before;
        if (now is null) return false;
        if (change.References is not null) now = now with { References = change.References };
        var completed = LastKnown.Complete(now, before, unknown, _content);
        if (!ReferenceEquals(completed, now)) _keptFor = _keptFor.Union(unknown);
        now = completed;
        if (before is not null && before.LooksLike(now)) return true;
        _content[change.Uid] = pool?.Share(now) ?? now;
        changed.Add(new SliceKey(change.Uid, before is not null && before.Resource.LooksLike(now.Resource)));
        return true;
    }

    private void Remove(Uid uid, KindSet unknown, List<SliceKey> changed)
    {
        if (!_content.TryGetValue(uid, out var held)) return;
        if (!unknown.IsEmpty && LastKnown.Stays(held, unknown, _content.Values))
        {
            _keptFor = _keptFor.Union(unknown);
            return;
        }

        _content.Remove(uid);
        changed.Add(new SliceKey(uid, ReferencesOnly: false));
    }
}
