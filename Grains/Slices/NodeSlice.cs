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

    /// <inheritdoc/>
    public Position Position => _inbox.Held;

    /// <summary>The newest position as of which the content is known to be current: its own, or one that the namespace confirmed.</summary>
    public Position CurrentAt => _confirmed > Position ? _confirmed : Position;

    /// <summary>Number of resources.</summary>
    public int Count => _content.Count;

    /// <summary>Takes a batch.</summary>
    /// <param name="batch">One part.</param>
    /// <param name="changed">Gets what is different since: nothing that looks as before.</param>
    public Receipt Receive(Batch<SliceChange> batch, List<SliceKey> changed)
    {
        var receipt = _inbox.Receive(batch, out var changes);
        if (changes is null) return receipt;
        if (_content.Count == 0) _content.EnsureCapacity(changes.Length);
        else if (batch.IsSnapshot) RemoveMissing(changes, changed);
        foreach (var change in changes) Apply(change, changed);
        return receipt;
    }

    /// <summary>The namespace said that the content as of <paramref name="held"/> is current as of <paramref name="position"/>.</summary>
    public void Confirm(Position held, Position position)
    {
        if (held == Position && position > _confirmed) _confirmed = position;
    }

    /// <inheritdoc/>
    public IEnumerable<NodeResource> All() => _content.Values;

    /// <inheritdoc/>
    public NodeResource? Find(Uid uid) => _content.GetValueOrDefault(uid);

    private void RemoveMissing(SliceChange[] changes, List<SliceKey> changed)
    {
        var present = changes.Select(change => change.Uid).ToHashSet();
        foreach (var uid in _content.Keys.Where(uid => !present.Contains(uid)).ToArray()) Apply(new SliceChange(uid, null, null), changed);
    }

    private void Apply(SliceChange change, List<SliceKey> changed)
    {
        var before = _content.GetValueOrDefault(change.Uid);
        var now = change.References is not null && before is not null
            ? before with { References = change.References }
            : change.Resource;
        if (now is null)
        {
            if (_content.Remove(change.Uid)) changed.Add(new SliceKey(change.Uid, ReferencesOnly: false));
            return;
        }

        if (before is not null && before.LooksLike(now)) return;
        _content[change.Uid] = pool?.Share(now) ?? now;
        changed.Add(new SliceKey(change.Uid, before is not null && before.Resource.LooksLike(now.Resource)));
    }
}
