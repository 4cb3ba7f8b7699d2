using System.Runtime.InteropServices;

namespace MetaCollector.Grains.Relations;

/// <summary>
/// Derives what a pod needs and refers to from the content of its namespace (PROTOCOL.md, "What is related to node N"). A bound pod
/// <em>needs</em> itself, its Namespace, the services that serve it, and its controller owners, transitively; if an owner is a pod, also all
/// that this pod needs. Not thread-safe.
/// </summary>
/// <param name="entries">Everything in the namespace; the owner changes it.</param>
/// <param name="index">Finds services, and owned resources.</param>
internal sealed class PodRelations(Dictionary<Uid, Entry> entries, RelationIndex index)
{
    private readonly ReferencePool _references = new();
    private readonly List<(string Kind, Uid Uid)> _pairs = [];
    private readonly List<Uid> _served = [];
    private readonly List<Entry> _needs = [];
    private readonly List<Entry> _owners = [];

    /// <summary>The kinds that the leader can read; references to owners of other kinds are copied from the owner references.</summary>
    public KindSet Watched { get; set; }

    /// <summary>What the pod of the last <see cref="Derive"/> needs, each once; empty while it is not bound.</summary>
    public ReadOnlySpan<Entry> Needs => CollectionsMarshal.AsSpan(_needs);

    /// <summary>Derives what a pod refers to, and its <see cref="Needs"/>.</summary>
    public References Derive(Pod pod)
    {
        FindServices(pod);
        var references = ReferencesOf(pod);
        _needs.Clear();
        _owners.Clear();
        if (pod.Node.Length > 0) Collect(pod);
        return references;
    }

    /// <summary>Number of different references in the pool.</summary>
    public int PooledReferences => _references.Count;

    /// <summary>Removes references from the pool that no pod has any more, once there are many of them.</summary>
    /// <param name="pods">Number of pods, the upper bound of the different references in use.</param>
    public void TrimReferences(int pods)
    {
        if (_references.HasOutgrown(pods)) _references.KeepOnly(entries.Values.Select(entry => entry.References).OfType<References>());
    }

    // Finds the services of a pod once, for its references and for what it needs.
    private void FindServices(Pod pod)
    {
        _served.Clear();
        index.Services.Find(pod, _served);
    }

    private void Collect(Pod pod)
    {
        if (!Need(entries[pod.Uid])) return;
        if (!index.Namespace.IsEmpty) Need(entries[index.Namespace]);
        foreach (var service in _served) Need(entries[service]);

        for (var owner = Known(pod.Controller); owner is not null; owner = Known(owner.Resource.Controller))
        {
            if (owner.Resource is Pod owningPod)
            {
                FindServices(owningPod);
                Collect(owningPod);
                return;
            }

            // Owners may form a ring. Checks _owners, not _needs: a service that serves the pod may also own it, and its owners are needed too.
            if (_owners.Contains(owner)) return;
            _owners.Add(owner);
            Need(owner);
        }
    }

    private bool Need(Entry entry)
    {
        if (_needs.Contains(entry)) return false;
        _needs.Add(entry);
        return true;
    }

    private References ReferencesOf(Pod pod)
    {
        _pairs.Clear();
        _pairs.Add((ResourceKinds.NameOf(ResourceKind.Service), default));
        foreach (var service in _served) _pairs.Add((ResourceKinds.NameOf(ResourceKind.Service), service));
        if (!index.Namespace.IsEmpty) _pairs.Add((ResourceKinds.NameOf(ResourceKind.Namespace), index.Namespace));
        if (pod.Controller is { } owner)
        {
            Refer(owner);
            if (Known(owner)?.Resource.Controller is { } ownersOwner) Refer(ownersOwner);
        }

        return _references.Make(_pairs);
    }

    private void Refer(Owner owner)
    {
        // Refers to an owner of a watched kind only if it is known; to any other owner by its owner reference.
        if (owner.KnownKind is not { } kind || kind == ResourceKind.EndpointSlice || !Watched.Contains(kind) || Known(owner) is not null)
            _pairs.Add((owner.Kind, owner.Uid));
    }

    private Entry? Known(Owner? owner) =>
        owner?.KnownKind is { } kind && kind != ResourceKind.EndpointSlice
        && entries.TryGetValue(owner.Uid, out var entry) && entry.Resource.Kind == kind
            ? entry
            : null;
}
