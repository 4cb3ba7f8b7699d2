using MetaCollector.Grains.Interfaces.Model;

namespace MetaCollector.Grains.Relations;

/// <summary>
/// Who points at whom in a namespace, and so which pods a change may touch: of those, what they need is derived anew. A pod too many
/// costs time, one too few would be a lie. Not thread-safe.
/// </summary>
/// <param name="entries">Everything in the namespace; kept by the owner.</param>
internal sealed class RelationIndex(Dictionary<Uid, Entry> entries)
{
    // Above this many services in one batch, every pod is evaluated in place of searching the pods of each service.
    private const int ServicesWorthASearch = 8;

    // What a snapshot needed is not kept for the small batches that follow.
    private const int KeptCapacity = 256;

    private readonly MultiMap<Uid, Uid> _owned = new();
    private readonly HashSet<Uid> _touched = [];
    private readonly HashSet<Uid> _followed = [];
    private int _servicesChanged;

    /// <summary>The services, by what they serve.</summary>
    public ServiceIndex Services { get; } = new();

    /// <summary>The Namespace object; empty while it is not known.</summary>
    public Uid Namespace { get; private set; }

    /// <summary>Number of pods.</summary>
    public int PodCount { get; private set; }

    /// <summary>The pods to derive anew; they may be gone by now.</summary>
    public IReadOnlyCollection<Uid> Touched => _touched;

    /// <summary>Begins a batch: nothing is touched.</summary>
    public void Begin()
    {
        Empty(_touched);
        Empty(_followed);
        _servicesChanged = 0;
    }

    /// <summary>Ends a batch.</summary>
    /// <param name="all">Whether every pod is touched, whatever changed.</param>
    public void End(bool all)
    {
        if (all || _servicesChanged > ServicesWorthASearch) TouchAll();
    }

    /// <summary><paramref name="now"/> has taken the place of <paramref name="before"/> among the entries: notes the pods that it may touch.</summary>
    public void Replace(Resource? before, Resource? now)
    {
        if (before is not null) Remove(before);
        if (now is not null) Add(now);
        Touch(before, now);
    }

    private void Add(Resource resource)
    {
        Services.Add(resource);
        if (resource.Controller is { } owner) _owned.Add(owner.Uid, resource.Uid);
        if (resource.Kind == ResourceKind.Namespace) Namespace = resource.Uid;
        if (resource is Pod) PodCount++;
    }

    private void Remove(Resource resource)
    {
        Services.Remove(resource);
        if (resource.Controller is { } owner) _owned.Remove(owner.Uid, resource.Uid);
        if (resource.Kind == ResourceKind.Namespace && Namespace == resource.Uid) Namespace = default;
        if (resource is Pod) PodCount--;
    }

    private void Touch(Resource? before, Resource? now)
    {
        var resource = (now ?? before)!;
        var cameOrWent = before is null || now is null;
        if (resource is Pod) TouchPod(resource.Uid);
        if (resource.Kind == ResourceKind.Namespace && cameOrWent) TouchAll();
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
            if (IsPod(uid)) TouchPod(uid);
            else TouchOwned(uid);
        }
    }

    private void TouchServed(Service? before, Service? now)
    {
        if (before is not null && now is not null && ServeTheSame(before, now)) return;
        if (++_servicesChanged > ServicesWorthASearch) return;
        foreach (var (uid, entry) in entries)
        {
            if (entry.Resource is Pod pod && (before?.Selector.Selects(pod.Labels) == true || now?.Selector.Selects(pod.Labels) == true)) TouchPod(uid);
        }

        foreach (var slice in Services.SlicesOf((now ?? before)!.Name)) TouchTargets(slice);
    }

    private static bool ServeTheSame(Service one, Service other) =>
        one.Selector.Equals(other.Selector) && one.Name == other.Name && one.IsExternalName == other.IsExternalName;

    private void TouchTargets(EndpointSlice? slice)
    {
        if (slice is null) return;
        foreach (var target in slice.Targets.Span)
        {
            if (target.Uid.IsEmpty) TouchNamed(target.Name);
            else if (IsPod(target.Uid)) TouchPod(target.Uid);
        }
    }

    // Nearly every slice names uids, and few are read at all: an index by name would cost every pod something.
    private void TouchNamed(string name)
    {
        foreach (var (uid, entry) in entries)
            if (entry.Resource is Pod && entry.Resource.Name == name) TouchPod(uid);
    }

    private void TouchAll()
    {
        foreach (var (uid, entry) in entries)
            if (entry.Resource is Pod) _touched.Add(uid);
    }

    private bool IsPod(Uid uid) => entries.TryGetValue(uid, out var entry) && entry.Resource is Pod;

    private static void Empty(HashSet<Uid> uids)
    {
        uids.Clear();
        if (uids.Capacity > KeptCapacity) uids.TrimExcess();
    }
}
