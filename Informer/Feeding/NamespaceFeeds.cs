using MetaCollector.Grains.Interfaces.Leadership;
using MetaCollector.Informer.Storing;

namespace MetaCollector.Informer.Feeding;

/// <summary>
/// The feeds of all namespaces in one term, and the leader's answers. Mints the positions. Feeds nothing until every kind is listed or refused
/// (<see cref="ReadKinds.AreSettled"/>); then every namespace gets a snapshot. Guarded by the store's lock.
/// </summary>
internal sealed class NamespaceFeeds(LeaderTerm term, ClusterContent content, ReadKinds kinds, Lock storeLock)
{
    private readonly Dictionary<string, NamespaceFeed> _feeds = new(StringComparer.Ordinal);
    private readonly HashSet<NamespaceFeed> _unfed = [];
    private KindSet _listed;
    private long _number;

    /// <summary>Whether the kinds have been settled, and namespaces are fed.</summary>
    public bool IsFeeding { get; private set; }

    /// <summary>How many namespaces have something due or in flight.</summary>
    public int Pending => IsFeeding ? _feeds.Values.Count(feed => feed.IsPending) : 0;

    public IReadOnlyCollection<string> Namespaces => _feeds.Keys;

    public void Begin(IEnumerable<string> namespaces)
    {
        foreach (var name in namespaces) Open(name);
        KindsChanged();
    }

    public void Stop()
    {
        foreach (var feed in _feeds.Values) feed.Stop();
    }

    /// <summary>Notes that an object is new, changed or removed.</summary>
    public void Mark(Resource resource, long arrivedAt)
    {
        var feed = _feeds.GetValueOrDefault(resource.Namespace) ?? Open(resource.Namespace);
        feed.Mark(resource.Uid, NextPosition(), arrivedAt);
    }

    /// <summary>Notes that a kind was listed or refused. If the set of listed kinds changed, every namespace gets a snapshot.</summary>
    public void KindsChanged()
    {
        if (IsFeeding && kinds.Listed != _listed)
        {
            foreach (var feed in _feeds.Values) feed.RequireSnapshot(NextPosition());
        }
        else if (!IsFeeding && kinds.AreSettled)
        {
            IsFeeding = true;
            _unfed.UnionWith(_feeds.Values);
            if (_unfed.Count == 0) term.NoteSynced();
            foreach (var feed in _unfed) feed.Kick();
        }

        _listed = kinds.Listed;
    }

    /// <summary>Notes that a grain accepted a batch. Forgets the feed if the namespace has no objects and its grain knows that.</summary>
    public void NoteFed(NamespaceFeed feed)
    {
        if (_unfed.Remove(feed) && _unfed.Count == 0) term.NoteSynced();
        if (feed.IsPending || content.In(feed.Name).Count > 0) return;
        _feeds.Remove(feed.Name);
        feed.Stop();
    }

    /// <inheritdoc cref="ILeader.GetNode"/>
    public NodeInventory GetNode(string node) =>
        new(term.Number, [.. content.Nodes.NamespacesOn(node).Select(name => new NamespacePosition(name, _feeds[name].Position))])
        {
            Nodes = content.Nodes.Count,
            AsOf = NextPosition(),
        };

    /// <inheritdoc cref="ILeader.VerifyNamespace"/>
    public NamespaceVerdict VerifyNamespace(string @namespace, Position held) =>
        _feeds.TryGetValue(@namespace, out var feed)
            ? new NamespaceVerdict(feed.Verify(held), Position.None)
            : new NamespaceVerdict(IsCurrent: false, NextPosition());

    /// <inheritdoc cref="ILeader.FindNodes"/>
    public string[][] FindNodes(string[] addresses) => [.. addresses.Select(content.Addresses.NodesWith)];

    /// <inheritdoc cref="ILeader.GetPosition"/>
    public Position GetPosition(string @namespace) => _feeds.GetValueOrDefault(@namespace)?.Position ?? Position.None;

    private NamespaceFeed Open(string name)
    {
        var feed = new NamespaceFeed(name, NextPosition(), this, term, content, kinds, storeLock);
        _feeds.Add(name, feed);
        return feed;
    }

    private Position NextPosition() => new(term.Number, ++_number);
}
