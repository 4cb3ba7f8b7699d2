using MetaCollector.Conversation.Sharing;

namespace MetaCollector.Grains.Relations;

/// <summary>
/// The resources of one namespace, and which of them are related to which node (PROTOCOL.md, "What is related to node N"). Every
/// relation stays inside the namespace, so one change is one synchronous step from one consistent state to the next. Not thread-safe.
/// </summary>
/// <remarks>
/// <para>What the pods of a node need (<see cref="PodRelations"/>) is related to that node; each resource counts its pods by node.</para>
/// <para><see cref="Apply"/> first applies all changes to the indexes and collects the pods that they may affect, and then evaluates each of
/// these pods once: never from half-applied changes.</para>
/// </remarks>
internal sealed class NamespaceRelations
{
    private readonly Dictionary<Uid, Entry> _entries = [];
    private readonly Dictionary<string, UidSortedSet<Entry>> _slices = new(StringComparer.Ordinal);
    private readonly RelationIndex _index;
    private readonly PodRelations _relations;

    /// <summary>An empty namespace without watched kinds.</summary>
    public NamespaceRelations(VersionPool pool)
    {
        _index = new RelationIndex(_entries);
        _relations = new PodRelations(_entries, _index, pool);
    }

    /// <summary>The kinds that the leader can read; references to owners of other kinds are copied from the owner references.</summary>
    public KindSet Watched => _relations.Watched;

    /// <summary>The nodes with a slice that is not empty.</summary>
    public IReadOnlyCollection<string> Nodes => _slices.Keys;

    /// <summary>Number of resources held, related or not.</summary>
    public int Count => _entries.Count;

    /// <summary>Everything held; read-only.</summary>
    public IReadOnlyCollection<Entry> Entries => _entries.Values;

    /// <summary>Which services serve a pod; read-only.</summary>
    public ServiceIndex Services => _index.Services;

    /// <summary>Whether a node's slice is empty.</summary>
    public bool IsEmpty(string node) => !_slices.ContainsKey(node);

    /// <summary>Everything related to <paramref name="node"/>, in the order of the uids.</summary>
    public IEnumerable<NodeResource> Slice(string node) =>
        _slices.TryGetValue(node, out var slice) ? slice.Select(entry => entry.Version) : [];

    /// <summary>The resource with this uid in the slice of <paramref name="node"/>; null if it is not related.</summary>
    public NodeResource? Find(string node, Uid uid) =>
        _entries.TryGetValue(uid, out var entry) && entry.Nodes.Contains(node) ? entry.Version : null;

    /// <summary>The resource with this uid, related or not; null where it is not held.</summary>
    public Resource? Find(Uid uid) => _entries.GetValueOrDefault(uid)?.Resource;

    /// <param name="changes">The changes, each uid once.</param>
    /// <param name="watched">The kinds that the leader can read.</param>
    /// <param name="whole">The kinds of which <paramref name="changes"/> are everything there is: held objects of these kinds that are not in it are removed.</param>
    /// <param name="tell">Called for what changed for each node, before everything is applied; maybe more than once for the same.</param>
    public void Apply(ReadOnlySpan<ResourceChange> changes, KindSet watched, KindSet whole, Action<NodeChange> tell)
    {
        var all = watched != Watched;
        _relations.Watched = watched;
        if (!whole.IsEmpty)
        {
            foreach (var uid in Missing(changes, whole)) Put(uid, null, tell);
        }

        foreach (var change in changes) Put(change.Uid, change.Resource, tell);
        _index.End(all);
        foreach (var uid in _index.Touched) Evaluate(uid, tell);
        _index.Clear();
    }

    private List<Uid> Missing(ReadOnlySpan<ResourceChange> changes, KindSet whole)
    {
        var present = new HashSet<Uid>(changes.Length);
        foreach (var change in changes) present.Add(change.Uid);
        return [.. _entries.Where(entry => whole.Contains(entry.Value.Resource.Kind) && !present.Contains(entry.Key)).Select(entry => entry.Key)];
    }

    private void Put(Uid uid, Resource? now, Action<NodeChange> tell)
    {
        _entries.TryGetValue(uid, out var entry);
        var before = entry?.Resource;
        if (before is null ? now is null : before.Equals(now)) return;

        if (now is null)
        {
            Forget(uid, entry!, tell);
        }
        else if (entry is null)
        {
            _entries.Add(uid, new Entry(now));
        }
        else
        {
            var isVisible = !before!.LooksLike(now);
            entry.Resource = now;
            entry.Renew();
            if (isVisible) Tell(entry, referencesOnly: false, tell);
        }

        _index.Replace(before, now);
    }

    private void Forget(Uid uid, Entry entry, Action<NodeChange> tell)
    {
        Release(entry, tell);
        foreach (var node in entry.Nodes.Nodes) Leave(node, entry, tell);
        entry.Nodes = default;
        _entries.Remove(uid);
    }

    /// <summary>Derives again what a pod needs and refers to, and notes the changes for the nodes that see a difference.</summary>
    private void Evaluate(Uid uid, Action<NodeChange> tell)
    {
        if (!_entries.TryGetValue(uid, out var entry)) return;
        var pod = (Pod)entry.Resource;
        var references = _relations.Derive(pod);
        if (!ReferenceEquals(references, entry.References) && !references.Equals(entry.References))
        {
            entry.References = references;
            entry.Renew();
            Tell(entry, referencesOnly: true, tell);
        }

        if (entry.CountedOn == pod.Node && _relations.Needs.SequenceEqual(entry.Needs, comparer: null)) return;

        // First adds what is needed now, then releases what was: what stays does not leave the slice in between.
        var (beforeOn, before) = (entry.CountedOn, entry.Needs);
        (entry.CountedOn, entry.Needs) = (pod.Node, _relations.Needs.ToArray());
        foreach (var needed in entry.Needs)
            if (needed.Nodes.Add(pod.Node)) Enter(pod.Node, needed, tell);
        Release(beforeOn, before, tell);
    }

    private void Release(Entry pod, Action<NodeChange> tell)
    {
        var (node, needs) = (pod.CountedOn, pod.Needs);
        (pod.CountedOn, pod.Needs) = ("", []);
        Release(node, needs, tell);
    }

    private void Release(string node, Entry[] needs, Action<NodeChange> tell)
    {
        foreach (var needed in needs)
        {
            // A resource that was removed has left every slice already.
            if (needed.Nodes.Contains(node) && needed.Nodes.Remove(node)) Leave(node, needed, tell);
        }
    }

    private void Enter(string node, Entry entry, Action<NodeChange> tell)
    {
        if (!_slices.TryGetValue(node, out var slice)) _slices[node] = slice = new UidSortedSet<Entry>();
        slice.Put(entry);
        tell(new NodeChange(node, new SliceKey(entry.Resource.Uid, ReferencesOnly: false)));
    }

    private void Leave(string node, Entry entry, Action<NodeChange> tell)
    {
        if (!_slices.TryGetValue(node, out var slice) || slice.Remove(entry.Uid) is null) return;
        if (slice.Count == 0) _slices.Remove(node);
        tell(new NodeChange(node, new SliceKey(entry.Resource.Uid, ReferencesOnly: false)));
    }

    private static void Tell(Entry entry, bool referencesOnly, Action<NodeChange> tell)
    {
        foreach (var node in entry.Nodes.Nodes) tell(new NodeChange(node, new SliceKey(entry.Resource.Uid, referencesOnly)));
    }
}
