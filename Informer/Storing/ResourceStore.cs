using MetaCollector.Grains.Interfaces.Leadership;
using MetaCollector.Informer.Feeding;

namespace MetaCollector.Informer.Storing;

/// <summary>
/// What was read from the API server and, while this silo leads, the feeds of all namespaces. Thread-safe: one lock guards
/// <see cref="ClusterContent"/>, <see cref="ReadKinds"/> and <see cref="NamespaceFeeds"/>, and is held only briefly.
/// </summary>
internal sealed class ResourceStore(KindSet wanted, TimeProvider time) : IResourceSink, ILeader
{
    // Objects of a list that are applied before the lock is released.
    private const int ChunkSize = 512;

    private readonly Lock _lock = new();
    private readonly ClusterContent _content = new();
    private readonly ReadKinds _kinds = new(wanted);
    private readonly ContentChanges _changes = new();
    private NamespaceFeeds? _feeds;

    public KindSet Wanted => wanted;

    public KindSet Listed => Locked(() => _kinds.Listed);

    public int Count => Locked(() => _content.Count);

    /// <summary>How many namespaces have objects.</summary>
    public int NamespaceCount => Locked(() => _content.Namespaces.Count);

    /// <summary>How many nodes have pods.</summary>
    public int NodeCount => Locked(() => _content.Nodes.Count);

    /// <summary>How many namespaces have something due or in flight.</summary>
    public int Pending => Locked(() => _feeds?.Pending ?? 0);

    // For answers that need all kinds to be settled.
    private NamespaceFeeds Leading => _feeds is { IsFeeding: true } feeds ? feeds : throw new NotLeadingException();

    public int CountOf(ResourceKind kind) => Locked(() => _content.CountOf(kind));

    public NodeInventory GetNode(string node) => Locked(() => Leading.GetNode(node));

    public NamespaceVerdict VerifyNamespace(string @namespace, Position held) => Locked(() => Leading.VerifyNamespace(@namespace, held));

    public string[][] FindNodes(string[] addresses) => Locked(() => Leading.FindNodes(addresses));

    public Position GetPosition(string @namespace) => Locked(() => Leading.GetPosition(@namespace));

    public string[] GetNodes() => Locked<string[]>(() => _feeds is null ? [] : [.. _content.Nodes.Names]);

    /// <summary>Starts a term: every namespace gets a new position, and a snapshot once all kinds are settled.</summary>
    public void BeginTerm(LeaderTerm term)
    {
        lock (_lock)
        {
            // Includes namespaces without objects whose grain does not know that yet.
            string[] namespaces = [.. _content.Namespaces.Union(_feeds?.Namespaces ?? [])];
            _feeds?.Stop();
            _feeds = new NamespaceFeeds(term, _content, _kinds, _lock);
            _feeds.Begin(namespaces);
        }
    }

    /// <summary>Ends the term: stops the feeds and the answers.</summary>
    public void EndTerm()
    {
        lock (_lock)
        {
            _feeds?.Stop();
            _feeds = null;
        }
    }

    public Resource Canonical(Resource resource)
    {
        lock (_lock) return _content.Canonical(resource);
    }

    public ListChanges Replace(ResourceKind kind, IReadOnlyCollection<Resource> listed)
    {
        // Releases owners at the end: a listed pod may name an owner that another pod has just lost.
        var changes = new ContentChanges();
        var deleted = RemoveAllBut(kind, listed, changes);
        int changed = 0, created = 0;
        foreach (var chunk in listed.Chunk(ChunkSize))
        {
            lock (_lock)
            {
                created -= _content.CountOf(kind);
                foreach (var resource in chunk)
                    if (_content.Set(resource, changes)) changed++;
                created += _content.CountOf(kind);
                MarkLocked(changes);
            }
        }

        lock (_lock)
        {
            _content.Release(changes);
            MarkLocked(changes);
            _kinds.List(kind);
            _feeds?.KindsChanged();
        }

        return new ListChanges(created, changed - created, deleted);
    }

    public bool Set(Resource resource) => Change(resource, isGone: false);

    public bool Remove(Resource resource) => Change(resource, isGone: true);

    public void SetUnknown(ResourceKind kind)
    {
        lock (_lock)
        {
            _kinds.Refuse(kind);
            _feeds?.KindsChanged();
        }
    }

    /// <summary>Forgets everything. Call it only between terms.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _content.Clear();
            _kinds.Clear();
        }
    }

    private int RemoveAllBut(ResourceKind kind, IReadOnlyCollection<Resource> listed, ContentChanges changes)
    {
        string[] names;
        lock (_lock)
        {
            if (_content.CountOf(kind) == 0) return 0;
            names = [.. _content.Namespaces];
        }

        var kept = listed.Select(resource => (resource.Namespace, resource.Uid)).ToHashSet();
        var removed = 0;
        foreach (var name in names)
        {
            lock (_lock)
            {
                var gone = _content.In(name).Values.Where(held => held.Kind == kind && !kept.Contains((name, held.Uid))).ToList();
                removed += gone.Count(resource => _content.Remove(resource, changes));
                MarkLocked(changes);
            }
        }

        return removed;
    }

    private bool Change(Resource resource, bool isGone)
    {
        lock (_lock)
        {
            var isChange = isGone ? _content.Remove(resource, _changes) : _content.Set(resource, _changes);
            _content.Release(_changes);
            MarkLocked(_changes, time.GetUtcNow().ToUnixTimeMilliseconds());
            return isChange;
        }
    }

    private void MarkLocked(ContentChanges changes, long arrivedAt = 0)
    {
        foreach (var resource in changes.Objects) _feeds?.Mark(resource, arrivedAt);
        changes.Objects.Clear();
    }

    private T Locked<T>(Func<T> read)
    {
        lock (_lock) return read();
    }
}
