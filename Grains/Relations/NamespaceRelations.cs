using System.Runtime.InteropServices;
using MetaCollector.Grains.Interfaces.Model;

namespace MetaCollector.Grains.Relations;

/// <summary>
/// The resources of one namespace, and which of them are related to which node (PROTOCOL.md, "What is related to node N"). Every
/// relation stays inside the namespace, so one change is one synchronous step from one consistent state to the next. Not thread-safe.
/// </summary>
/// <remarks>
/// <para>A bound pod <em>needs</em> itself, its Namespace, the services that serve it, and its controller owners, transitively; what
/// pods of a node need is related to that node, counted by pod. An owner that is a pod brings what it needs itself.</para>
/// <para><see cref="Apply"/> first brings the indexes up to date, noting which pods may be touched, and then evaluates each of
/// those once. What a pod needs is never derived from half-applied changes.</para>
/// </remarks>
internal sealed class NamespaceRelations
{
    // Above this many services in one batch, every pod is evaluated in place of searching the pods of each service.
    private const int ServicesWorthASearch = 8;

    private readonly Dictionary<Uid, Entry> _entries = [];
    private readonly MultiMap<Uid, Uid> _owned = new();
    private readonly MultiMap<string, Uid> _podsByName = new();
    private readonly HashSet<Uid> _pods = [];
    private readonly ServiceIndex _services = new();
    private readonly ReferencePool _references = new();
    private readonly Dictionary<string, HashSet<Uid>> _slices = new(StringComparer.Ordinal);

    private readonly HashSet<Uid> _touched = [];
    private readonly HashSet<Uid> _followed = [];
    private readonly List<(string Kind, Uid Uid)> _pairs = [];
    private readonly List<Uid> _served = [];
    private readonly List<Uid> _needs = [];
    private readonly List<Uid> _owners = [];
    private Uid _namespace;
    private int _servicesChanged;

    /// <summary>The kinds that the leader can read; of any other, references are copied from the owners' references.</summary>
    public KindSet Watched { get; private set; }

    /// <summary>The nodes with a slice that is not empty.</summary>
    public IReadOnlyCollection<string> Nodes => _slices.Keys;

    /// <summary>Number of resources held, related or not.</summary>
    public int Count => _entries.Count;

    /// <summary>Whether a node's slice is empty.</summary>
    public bool IsEmpty(string node) => !_slices.ContainsKey(node);

    /// <summary>Everything related to <paramref name="node"/>, in no order.</summary>
    public IEnumerable<NodeResource> Slice(string node) =>
        _slices.TryGetValue(node, out var uids) ? uids.Select(uid => _entries[uid].Version) : [];

    /// <summary>What <paramref name="uid"/> is to <paramref name="node"/> now; null where it is not related.</summary>
    public NodeResource? Find(string node, Uid uid) =>
        _entries.TryGetValue(uid, out var entry) && entry.Nodes.Contains(node) ? entry.Version : null;

    /// <summary>Applies a batch.</summary>
    /// <param name="changes">The changes, each uid once; a snapshot is everything there is of the watched kinds.</param>
    /// <param name="watched">The kinds that the leader can read.</param>
    /// <param name="isSnapshot">Whether what is held of the watched kinds beyond <paramref name="changes"/> is gone.</param>
    /// <param name="told">Gets what each node has to be told; a pair may come more than once.</param>
    public void Apply(ReadOnlySpan<ResourceChange> changes, KindSet watched, bool isSnapshot, List<NodeChange> told)
    {
        _touched.Clear();
        _followed.Clear();
        _servicesChanged = 0;
        var all = watched != Watched;
        Watched = watched;

        if (isSnapshot)
        {
            foreach (var uid in Missing(changes, watched)) Put(uid, null, told);
        }

        foreach (var change in changes) Put(change.Uid, change.Resource, told);
        if (all || _servicesChanged > ServicesWorthASearch) _touched.UnionWith(_pods);
        foreach (var uid in _touched) Evaluate(uid, told);
    }

    private List<Uid> Missing(ReadOnlySpan<ResourceChange> changes, KindSet watched)
    {
        var present = new HashSet<Uid>(changes.Length);
        foreach (var change in changes) present.Add(change.Uid);
        return [.. _entries.Where(entry => watched.Contains(entry.Value.Resource.Kind) && !present.Contains(entry.Key)).Select(entry => entry.Key)];
    }

    private void Put(Uid uid, Resource? now, List<NodeChange> told)
    {
        _entries.TryGetValue(uid, out var entry);
        var before = entry?.Resource;
        if (before is null ? now is null : before.Equals(now)) return;

        if (before is not null) Unindex(before);
        if (now is not null) Index(now);
        Touch(before, now);

        if (entry is null)
        {
            _entries.Add(uid, new Entry(now!));
        }
        else if (now is null)
        {
            Forget(uid, entry, told);
        }
        else
        {
            var isVisible = !before!.LooksLike(now);
            entry.Resource = now;
            entry.Renew();
            if (isVisible) Tell(entry, referencesOnly: false, told);
        }
    }

    private void Forget(Uid uid, Entry entry, List<NodeChange> told)
    {
        Release(entry, told);
        foreach (var node in entry.Nodes.Nodes.ToArray()) Leave(node, uid, told);
        _entries.Remove(uid);
    }

    private void Index(Resource resource)
    {
        _services.Add(resource);
        if (resource.Controller is { } owner) _owned.Add(owner.Uid, resource.Uid);
        if (resource.Kind == ResourceKind.Namespace) _namespace = resource.Uid;
        if (resource is not Pod) return;
        _pods.Add(resource.Uid);
        _podsByName.Add(resource.Name, resource.Uid);
    }

    private void Unindex(Resource resource)
    {
        _services.Remove(resource);
        if (resource.Controller is { } owner) _owned.Remove(owner.Uid, resource.Uid);
        if (resource.Kind == ResourceKind.Namespace && _namespace == resource.Uid) _namespace = default;
        if (resource is not Pod) return;
        _pods.Remove(resource.Uid);
        _podsByName.Remove(resource.Name, resource.Uid);
    }

    /// <summary>Notes the pods that may need something else since <paramref name="before"/> became <paramref name="now"/>.</summary>
    private void Touch(Resource? before, Resource? now)
    {
        var resource = (now ?? before)!;
        var cameOrWent = before is null || now is null;
        if (resource is Pod) TouchPod(resource.Uid);
        if (resource.Kind == ResourceKind.Namespace && cameOrWent) _touched.UnionWith(_pods);
        if (cameOrWent || !Equals(before!.Controller, now!.Controller)) TouchOwned(resource.Uid);
        if (resource is Service) TouchServed(before as Service, now as Service);
        if (resource is EndpointSlice)
        {
            TouchTargets(before as EndpointSlice);
            TouchTargets(now as EndpointSlice);
        }
    }

    private void TouchPod(Uid pod)
    {
        if (_touched.Add(pod)) TouchOwned(pod);
    }

    private void TouchOwned(Uid owner)
    {
        // Once is enough: what comes to be owned later in this batch is a change that touches for itself. And owners may form a ring.
        if (!_followed.Add(owner)) return;
        foreach (var uid in _owned[owner])
        {
            if (_pods.Contains(uid)) TouchPod(uid);
            else TouchOwned(uid);
        }
    }

    private void TouchServed(Service? before, Service? now)
    {
        if (before is not null && now is not null && before.Selector.Equals(now.Selector) && before.Name == now.Name) return;
        if (++_servicesChanged > ServicesWorthASearch) return;
        foreach (var uid in _pods)
        {
            // A pod of this batch may not have its entry yet; it is touched in any case.
            if (!_entries.TryGetValue(uid, out var entry)) continue;
            var labels = entry.Resource.Labels;
            if (before?.Selector.Selects(labels) == true || now?.Selector.Selects(labels) == true) TouchPod(uid);
        }

        foreach (var slice in _services.SlicesOf((now ?? before)!.Name)) TouchTargets(slice);
    }

    private void TouchTargets(EndpointSlice? slice)
    {
        if (slice is null) return;
        foreach (var target in slice.Targets.Span)
            foreach (var uid in _podsByName[target.Name]) TouchPod(uid);
    }

    /// <summary>Derives anew what a pod needs and refers to, and tells the nodes that see a difference.</summary>
    private void Evaluate(Uid uid, List<NodeChange> told)
    {
        if (!_entries.TryGetValue(uid, out var entry)) return;
        var pod = (Pod)entry.Resource;
        FindServices(pod);
        var references = ReferencesOf(pod);
        if (!ReferenceEquals(references, entry.References) && !references.Equals(entry.References))
        {
            entry.References = references;
            entry.Renew();
            Tell(entry, referencesOnly: true, told);
        }

        _needs.Clear();
        _owners.Clear();
        if (pod.Node.Length > 0) Collect(pod);
        if (entry.CountedOn == pod.Node && entry.Needs.AsSpan().SequenceEqual(CollectionsMarshal.AsSpan(_needs))) return;

        // First what is needed now, then what was: what stays is never out of the slice in between.
        var (beforeOn, before) = (entry.CountedOn, entry.Needs);
        (entry.CountedOn, entry.Needs) = (pod.Node, [.. _needs]);
        foreach (var needed in entry.Needs)
            if (_entries[needed].Nodes.Add(pod.Node)) Enter(pod.Node, needed, told);
        Release(beforeOn, before, told);
    }

    // What serves the pod at hand is looked up once, for its references and for what it needs.
    private void FindServices(Pod pod)
    {
        _served.Clear();
        _services.Find(pod, _served);
    }

    private void Collect(Pod pod)
    {
        if (_needs.Contains(pod.Uid)) return;
        _needs.Add(pod.Uid);
        if (!_namespace.IsEmpty && !_needs.Contains(_namespace)) _needs.Add(_namespace);
        foreach (var service in _served)
            if (!_needs.Contains(service)) _needs.Add(service);

        for (var owner = Known(pod.Controller); owner is not null; owner = Known(owner.Controller))
        {
            if (owner is Pod owningPod)
            {
                FindServices(owningPod);
                Collect(owningPod);
                return;
            }

            // Owners may form a ring. That something is needed already (a service that serves the pod) does not say that its owners are.
            if (_owners.Contains(owner.Uid)) return;
            _owners.Add(owner.Uid);
            if (!_needs.Contains(owner.Uid)) _needs.Add(owner.Uid);
        }
    }

    private References ReferencesOf(Pod pod)
    {
        _pairs.Clear();
        _pairs.Add((ResourceKinds.NameOf(ResourceKind.Service), default));
        foreach (var service in _served) _pairs.Add((ResourceKinds.NameOf(ResourceKind.Service), service));
        if (!_namespace.IsEmpty) _pairs.Add((ResourceKinds.NameOf(ResourceKind.Namespace), _namespace));
        if (pod.Controller is { } owner)
        {
            Refer(owner);
            if (Known(owner)?.Controller is { } ownersOwner) Refer(ownersOwner);
        }

        return _references.Make(_pairs);
    }

    private void Refer(Owner owner)
    {
        // Of a kind that is watched, only what is known; of any other, what the owner reference says.
        if (owner.KnownKind is not { } kind || kind == ResourceKind.EndpointSlice || !Watched.Contains(kind) || Known(owner) is not null)
            _pairs.Add((owner.Kind, owner.Uid));
    }

    private Resource? Known(Owner? owner) =>
        owner?.KnownKind is { } kind && kind != ResourceKind.EndpointSlice
        && _entries.TryGetValue(owner.Uid, out var entry) && entry.Resource.Kind == kind
            ? entry.Resource
            : null;

    private void Release(Entry pod, List<NodeChange> told)
    {
        var (node, needs) = (pod.CountedOn, pod.Needs);
        (pod.CountedOn, pod.Needs) = ("", []);
        Release(node, needs, told);
    }

    private void Release(string node, Uid[] needs, List<NodeChange> told)
    {
        foreach (var needed in needs)
        {
            // What was removed itself has left every slice already.
            if (_entries.TryGetValue(needed, out var entry) && entry.Nodes.Contains(node) && entry.Nodes.Remove(node)) Leave(node, needed, told);
        }
    }

    private void Enter(string node, Uid uid, List<NodeChange> told)
    {
        if (!_slices.TryGetValue(node, out var slice)) _slices[node] = slice = [];
        slice.Add(uid);
        told.Add(new NodeChange(node, new SliceKey(uid, ReferencesOnly: false)));
    }

    private void Leave(string node, Uid uid, List<NodeChange> told)
    {
        if (!_slices.TryGetValue(node, out var slice) || !slice.Remove(uid)) return;
        if (slice.Count == 0) _slices.Remove(node);
        told.Add(new NodeChange(node, new SliceKey(uid, ReferencesOnly: false)));
    }

    private static void Tell(Entry entry, bool referencesOnly, List<NodeChange> told)
    {
        foreach (var node in entry.Nodes.Nodes) told.Add(new NodeChange(node, new SliceKey(entry.Resource.Uid, referencesOnly)));
    }
}
