using MetaCollector.Grains.Interfaces.Leadership;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;
using MetaCollector.Informer.Storing;

namespace MetaCollector.Informer.Feeding;

/// <summary>
/// The feeds of all namespaces in one term, and what the leader answers from them. Mints the positions. Feeds nothing before the kinds
/// are settled; then every namespace gets a snapshot. Guarded by the store's lock.
/// </summary>
internal sealed class NamespaceFeeds(LeaderTerm term, ClusterContent content, ReadKinds kinds, Lock storeLock)
{
    private readonly Dictionary<string, NamespaceFeed> _feeds = new(StringComparer.Ordinal);
    private readonly HashSet<NamespaceFeed> _unfed = [];
    private KindSet _listed;
    private long _number;

    /// <summary>Whether the kinds were settled once, so that namespaces are fed.</summary>
    public bool IsFeeding { get; private set; }

    /// <summary>How many namespaces have something due or under way.</summary>
    public int Pending => IsFeeding ? _feeds.Values.Count(feed => feed.IsPending) : 0;

    /// <summary>The position of each namespace.</summary>
    public IReadOnlyDictionary<string, Position> Positions => _feeds.ToDictionary(feed => feed.Key, feed => feed.Value.Position);

    /// <summary>Begins with these namespaces.</summary>
    public void Begin(IEnumerable<string> namespaces)
    {
        foreach (var name in namespaces) Open(name);
        KindsChanged();
    }

    /// <summary>Feeds nothing any more.</summary>
    public void Stop()
    {
        foreach (var feed in _feeds.Values) feed.Stop();
    }

    /// <summary>An object is new, differs or is gone.</summary>
    public void Mark(Resource resource, long arrivedAt)
    {
        var feed = _feeds.GetValueOrDefault(resource.Namespace) ?? Open(resource.Namespace);
        feed.Mark(resource.Uid, NextPosition(), arrivedAt);
    }

    /// <summary>A kind was listed or refused. Another set of listed kinds means another snapshot for everyone.</summary>
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

    /// <summary>The grain of a namespace has accepted a batch. Once that of a namespace that is gone knows, the feed is forgotten.</summary>
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
