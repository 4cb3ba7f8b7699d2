using MetaCollector.Grains.Interfaces.Model;

namespace MetaCollector.Testing.Oracle;

/// <summary>
/// What the subscriber of a node must hold, given all objects: PROTOCOL's "What is related to node N", word by word. It has no
/// indexes and no state, and searches everything each time, so that it is easy to see that it is right.
/// </summary>
/// <remarks>The rules are virtual for one purpose: tests break them one at a time, to see that the break is noticed.</remarks>
/// <param name="resources">All objects that are known, of all namespaces; each uid once.</param>
/// <param name="watched">The kinds that the server watches.</param>
public class RelatedOracle(IEnumerable<Resource> resources, KindSet watched)
{
    private readonly Resource[] _all = [.. resources];

    /// <summary>The kinds that the server watches.</summary>
    protected KindSet Watched => watched;

    /// <summary>Everything that is known.</summary>
    protected IReadOnlyList<Resource> All => _all;

    /// <summary>Everything related to <paramref name="node"/>, by uid.</summary>
    public IReadOnlyDictionary<Uid, Expected> RelatedTo(string node)
    {
        var related = new HashSet<Resource>(ReferenceEqualityComparer.Instance);
        var followed = new HashSet<Resource>(ReferenceEqualityComparer.Instance);
        foreach (var pod in _all.OfType<Pod>().Where(pod => pod.Node.Length > 0 && pod.Node == node)) Relate(pod, related, followed);
        return related.ToDictionary(resource => resource.Uid, resource => Expected.Of(resource, (resource as Pod) is { } pod ? RefsOf(pod) : null));
    }

    /// <summary>The nodes that have pods.</summary>
    public IEnumerable<string> Nodes => _all.OfType<Pod>().Select(pod => pod.Node).Where(node => node.Length > 0).Distinct();

    /// <summary>The controller owner, where it is one of our kinds and known.</summary>
    protected virtual Resource? OwnerOf(Resource resource) =>
        resource.Controller is { } owner ? Array.Find(_all, other => IsOwner(owner, resource, other)) : null;

    /// <summary>Whether <paramref name="other"/> is what the owner reference of <paramref name="owned"/> means.</summary>
    protected virtual bool IsOwner(Owner owner, Resource owned, Resource other) =>
        other.Kind != ResourceKind.EndpointSlice && other.Uid == owner.Uid && other.Namespace == owned.Namespace
        && ResourceKinds.NameOf(other.Kind) == owner.Kind && ResourceKinds.GroupOf(other.Kind) == owner.Group;

    /// <summary>Whether a service serves a pod.</summary>
    protected virtual bool Serves(Service service, Pod pod) =>
        service.Namespace == pod.Namespace && !service.IsExternalName && (service.Selector.Count > 0 ? Selects(service, pod) : IsNamed(service, pod));

    /// <summary>Whether every label of the selector is on the pod.</summary>
    protected virtual bool Selects(Service service, Pod pod) => service.Selector.All(wanted => pod.Labels.Contains(wanted));

    /// <summary>Whether an EndpointSlice of the service names the pod.</summary>
    protected virtual bool IsNamed(Service service, Pod pod) => _all.OfType<EndpointSlice>().Any(slice =>
        slice.Namespace == service.Namespace && slice.ServiceName == service.Name && slice.Targets.Any(target => IsTarget(target, pod)));

    /// <summary>Whether an endpoint means the pod: by uid where it gives one, else by name.</summary>
    protected virtual bool IsTarget(PodTarget target, Pod pod) =>
        target.Uid.IsEmpty ? target.Name == pod.Name : target.Uid == pod.Uid;

    /// <summary>Whether a pod refers to its owner (or its owner's owner), which is known or not.</summary>
    protected virtual bool RefersTo(Owner owner, Resource? known) => known is not null || !IsWatched(owner);

    /// <summary>Whether the kind of an owner is one that the server watches and streams. A kind is (API group, kind).</summary>
    protected virtual bool IsWatched(Owner owner) => watched.Kinds().Any(kind =>
        kind != ResourceKind.EndpointSlice && ResourceKinds.NameOf(kind) == owner.Kind && ResourceKinds.GroupOf(kind) == owner.Group);

    /// <summary>The references that a pod's events carry.</summary>
    protected virtual SortedDictionary<string, SortedSet<string>> RefsOf(Pod pod)
    {
        var refs = new SortedDictionary<string, SortedSet<string>>(StringComparer.Ordinal) { ["Service"] = new(StringComparer.Ordinal) };
        if (NamespaceOf(pod) is { } home) Add("Namespace", home.Uid);
        foreach (var service in ServicesOf(pod)) Add("Service", service.Uid);
        if (pod.Controller is not { } owner) return refs;
        if (RefersTo(owner, OwnerOf(pod))) Add(owner.Kind, owner.Uid);
        if (OwnerOf(pod) is { Controller: { } ownersOwner } known && RefersTo(ownersOwner, OwnerOf(known))) Add(ownersOwner.Kind, ownersOwner.Uid);
        return refs;

        void Add(string kind, Uid uid)
        {
            if (!refs.TryGetValue(kind, out var uids)) refs[kind] = uids = new SortedSet<string>(StringComparer.Ordinal);
            uids.Add(uid.ToString());
        }
    }

    /// <summary>Relates a pod or an owner, with everything that this brings. Owners may form a ring: each is followed once.</summary>
    private void Relate(Resource resource, HashSet<Resource> related, HashSet<Resource> followed)
    {
        if (!followed.Add(resource)) return;
        related.Add(resource);
        if (resource is Pod pod)
        {
            if (NamespaceOf(pod) is { } home) related.Add(home);
            related.UnionWith(ServicesOf(pod));
        }

        if (OwnerOf(resource) is { } owner) Relate(owner, related, followed);
    }

    private Resource? NamespaceOf(Pod pod) => Array.Find(_all, other => other.Kind == ResourceKind.Namespace && other.Name == pod.Namespace);

    private IEnumerable<Service> ServicesOf(Pod pod) => _all.OfType<Service>().Where(service => Serves(service, pod));
}
