namespace MetaCollector.Grains.Relations;

/// <summary>
/// Finds the pods that a change in the namespace may affect (touches): the caller derives again what these need. A pod too many costs time; a
/// pod too few makes the slice wrong. Not thread-safe.
/// </summary>
/// <param name="entries">Everything in the namespace; the owner changes it.</param>
internal sealed class RelationIndex(Dictionary<Uid, Entry> entries)
{
    // If more services than this change in one batch, touch all pods instead of searching the pods of each service.
    private const int ServicesWorthASearch = 8;

    // A set larger than this is shrunk: batches after a snapshot are small.
    private const int KeptCapacity = 32;

    private readonly MultiMap<Uid, Uid> _owned = new();
    private readonly HashSet<Uid> _touched = [];
    private readonly HashSet<Uid> _followed = [];
    private int _servicesChanged;

    public ServiceIndex Services { get; } = new();

    /// <summary>The Namespace object; empty while it is not known.</summary>
    public Uid Namespace { get; private set; }

    /// <summary>The pods to derive again; some may be removed already.</summary>
    public IReadOnlyCollection<Uid> Touched => _touched;

    /// <summary>All changes of a batch were taken.</summary>
    /// <param name="all">Whether to touch every pod.</param>
    public void End(bool all)
    {
        if (all || _servicesChanged > ServicesWorthASearch) TouchAll();
    }

    /// <summary>All touched pods were derived again: forgets which they were.</summary>
    public void Clear()
    {
        Empty(_touched);
        Empty(_followed);
        _servicesChanged = 0;
    }

    /// <summary>Takes a change of an entry from <paramref name="before"/> to <paramref name="now"/>, and touches the pods that it may affect.</summary>
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
    }

    private void Remove(Resource resource)
    {
        Services.Remove(resource);
        if (resource.Controller is { } owner) _owned.Remove(owner.Uid, resource.Uid);
        if (resource.Kind == ResourceKind.Namespace && Namespace == resource.Uid) Namespace = default;
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
        // Follow each owner once, since owners may form a ring. What becomes owned later in this batch is a change that touches its pods itself.
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

    // A search, since few slices name pods without uid: an index by name would cost memory for every pod.
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
