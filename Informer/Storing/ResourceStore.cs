using System.Runtime.InteropServices;
using MetaCollector.Grains.Interfaces.Model;

namespace MetaCollector.Informer.Storing;

/// <summary>
/// What was read from the API server, by namespace; who has still to be told what. Mints the positions. Thread-safe: one lock,
/// held for short sections.
/// </summary>
/// <remarks>
/// <para>This part takes what the readers bring. A change that leaves every kept field as it was is no change: it marks nothing.
/// The other part (<c>ResourceStore.Leading.cs</c>) is the leader's: terms, feeds and answers.</para>
/// <para>A kind is unread at first, then listed or refused. Once no kind is unread, and Pods and Namespaces are listed, the store is
/// settled, and feeding may begin. What is held of a kind that is refused later stays, and is told as it was last known.</para>
/// <para>An owner that was deleted stays, as it was last known, while a pod names it in its chain of owners
/// (<see cref="OwnerIndex"/>).</para>
/// </remarks>
internal sealed partial class ResourceStore(KindSet wanted, InternPool pool, TimeProvider time) : IResourceSink
{
    // So many objects of a list are applied before others get a turn with the lock.
    private const int ChunkSize = 512;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, NamespaceContent> _namespaces = new(StringComparer.Ordinal);
    private readonly NodeIndex _nodes = new();
    private readonly AddressIndex _addresses = new();
    private readonly int[] _counts = new int[32];
    private KindSet _listed;
    private KindSet _refused;
    private KindSet _known;

    /// <summary>The kinds that are to be read.</summary>
    public KindSet Wanted => wanted;

    /// <summary>The kinds that are read.</summary>
    public KindSet Listed
    {
        get { lock (_lock) return _listed; }
    }

    /// <summary>The kinds without which nobody can be told anything: everything that is related is so by a pod, in a namespace.</summary>
    public static KindSet Essential { get; } = KindSet.Of(ResourceKind.Pod, ResourceKind.Namespace);

    /// <summary>How many objects are held.</summary>
    public int Count
    {
        get { lock (_lock) return _counts.Sum(); }
    }

    /// <summary>How many namespaces are held.</summary>
    public int NamespaceCount
    {
        get { lock (_lock) return _namespaces.Count; }
    }

    /// <summary>How many nodes have pods.</summary>
    public int NodeCount
    {
        get { lock (_lock) return _nodes.Count; }
    }

    // Whether every kind is listed or refused, and the essential ones are listed.
    private bool IsSettledLocked => _listed.Union(_refused) == wanted && Essential.Intersect(wanted).Except(_listed).IsEmpty;

    /// <summary>How many objects of <paramref name="kind"/> are held.</summary>
    public int CountOf(ResourceKind kind)
    {
        lock (_lock) return _counts[(int)kind];
    }

    /// <inheritdoc/>
    public Resource Canonical(Resource resource)
    {
        lock (_lock)
        {
            return _namespaces.TryGetValue(resource.Namespace, out var content)
                && content.Resources.TryGetValue(resource.Uid, out var held) && held.Equals(resource) && !Moved(held, resource) ? held : resource;
        }
    }

    /// <inheritdoc/>
    public ListChanges Replace(ResourceKind kind, IReadOnlyCollection<Resource> listed)
    {
        // A pod that is listed may name an owner that another has just lost.
        var lost = new List<(string Namespace, Owner Owner)>();
        var deleted = RemoveAllBut(kind, listed, lost);
        int created = 0, updated = 0;
        foreach (var chunk in listed.Chunk(ChunkSize))
        {
            lock (_lock)
            {
                foreach (var resource in chunk)
                {
                    var outcome = SetLocked(resource, arrivedAt: 0, lost);
                    if (outcome == Outcome.Created) created++;
                    else if (outcome == Outcome.Updated) updated++;
                }
            }
        }

        lock (_lock)
        {
            foreach (var (name, owner) in lost)
                if (_namespaces.TryGetValue(name, out var content)) Release(content, owner, arrivedAt: 0);
        }

        ChangeKinds(() => (_listed, _refused, _known) = (_listed.With(kind), _refused.Without(kind), _known.With(kind)));
        TrimPool();
        return new ListChanges(created, updated, deleted);
    }

    /// <inheritdoc/>
    public bool Set(Resource resource)
    {
        bool changed;
        lock (_lock) changed = SetLocked(resource, time.GetUtcNow().ToUnixTimeMilliseconds()) != Outcome.Unchanged;
        if (changed) TrimPool();
        return changed;
    }

    /// <inheritdoc/>
    public bool Remove(Resource resource)
    {
        bool removed;
        lock (_lock)
        {
            removed = _namespaces.TryGetValue(resource.Namespace, out var content)
                && content.Resources.TryGetValue(resource.Uid, out var held) && held.Kind == resource.Kind
                && RemoveLocked(content, held, time.GetUtcNow().ToUnixTimeMilliseconds());
        }

        if (removed) TrimPool();
        return removed;
    }

    /// <inheritdoc/>
    public void SetUnknown(ResourceKind kind) =>
        ChangeKinds(() => (_listed, _refused) = (_listed.Without(kind), _refused.With(kind)));

    /// <summary>Forgets everything: nobody reads any more. Only between terms.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _namespaces.Clear();
            _nodes.Clear();
            _addresses.Clear();
            Array.Clear(_counts);
            (_listed, _refused, _known) = (default, default, default);
        }

        pool.Trim([]);
    }

    private int RemoveAllBut(ResourceKind kind, IReadOnlyCollection<Resource> listed, List<(string Namespace, Owner Owner)> lost)
    {
        string[] names;
        lock (_lock)
        {
            if (_counts[(int)kind] == 0) return 0;
            names = [.. _namespaces.Keys];
        }

        var kept = listed.Select(resource => (resource.Namespace, resource.Uid)).ToHashSet();
        var removed = 0;
        foreach (var name in names)
        {
            lock (_lock)
            {
                if (!_namespaces.TryGetValue(name, out var content)) continue;
                var gone = content.Resources.Values.Where(held => held.Kind == kind && !kept.Contains((name, held.Uid))).ToList();
                foreach (var resource in gone)
                    if (RemoveLocked(content, resource, arrivedAt: 0, lost)) removed++;
            }
        }

        return removed;
    }

    private Outcome SetLocked(Resource resource, long arrivedAt, List<(string Namespace, Owner Owner)>? lost = null)
    {
        var content = ContentOf(resource.Namespace);
        content.Owners.Exists(resource.Uid);
        ref var held = ref CollectionsMarshal.GetValueRefOrAddDefault(content.Resources, resource.Uid, out var exists);
        if (exists && held!.Equals(resource))
        {
            if (Moved(held, resource)) held = Located(held, resource);
            return Outcome.Unchanged;
        }

        var before = held;
        _nodes.Replace(before, resource);
        _addresses.Replace(before, resource);
        content.Owners.Replace(before, resource);
        if (exists) _counts[(int)before!.Kind]--;
        _counts[(int)resource.Kind]++;
        held = resource;
        Mark(content, resource.Uid, arrivedAt);
        if (exists && before!.Controller?.Uid != resource.Controller?.Uid) Lose(content, before.Controller, arrivedAt, lost);
        return exists ? Outcome.Updated : Outcome.Created;
    }

    private bool RemoveLocked(NamespaceContent content, Resource held, long arrivedAt, List<(string Namespace, Owner Owner)>? lost = null)
    {
        var (stays, isKnown) = content.Owners.Delete(held);
        if (stays) return !isKnown;
        if (!Drop(content, held, arrivedAt)) return false;
        Lose(content, held.Controller, arrivedAt, lost);
        if (content.Feed is null && content.Resources.Count == 0) _namespaces.Remove(content.Name);
        return true;
    }

    // Something has lost its owner. In the middle of a list, what follows from that waits for the end of it.
    private void Lose(NamespaceContent content, Owner? owner, long arrivedAt, List<(string Namespace, Owner Owner)>? lost)
    {
        if (owner is null) return;
        if (lost is null) Release(content, owner, arrivedAt);
        else if (content.Owners.HasDeleted) lost.Add((content.Name, owner));
    }

    // What was deleted before, and stayed only for what has lost it, goes too.
    private void Release(NamespaceContent content, Owner lost, long arrivedAt)
    {
        foreach (var owner in content.Owners.Released(lost)) Drop(content, owner, arrivedAt);
        if (content.Feed is null && content.Resources.Count == 0) _namespaces.Remove(content.Name);
    }

    private bool Drop(NamespaceContent content, Resource held, long arrivedAt)
    {
        if (!content.Resources.Remove(held.Uid)) return false;
        _nodes.Replace(held, null);
        _addresses.Replace(held, null);
        content.Owners.Replace(held, null);
        _counts[(int)held.Kind]--;
        Mark(content, held.Uid, arrivedAt);
        return true;
    }

    // Where a pod's traffic comes from is told to nobody: whoever wants to know asks.
    private Resource Located(Resource held, Resource now)
    {
        _addresses.Replace(held, now);
        return now;
    }

    private static bool Moved(Resource held, Resource now) => held is Pod was && now is Pod pod && was.Addresses != pod.Addresses;

    private NamespaceContent ContentOf(string name)
    {
        if (_namespaces.TryGetValue(name, out var content)) return content;
        content = new NamespaceContent(name);
        _namespaces.Add(name, content);
        OpenFeed(content);
        return content;
    }

    private void TrimPool()
    {
        if (!pool.WantsTrim(Count)) return;
        lock (_lock) pool.Trim(_namespaces.Values.SelectMany(content => content.Resources.Values));
    }

    private enum Outcome
    {
        Unchanged,
        Created,
        Updated,
    }
}
