using System.Runtime.InteropServices;
using MetaCollector.Grains.Interfaces.Model;

namespace MetaCollector.Grains.Relations;

/// <summary>
/// What a pod needs and refers to, derived from its namespace as it stands (PROTOCOL.md, "What is related to node N"). A bound pod
/// <em>needs</em> itself, its Namespace, the services that serve it, and its controller owners, transitively; an owner that is a pod
/// brings what it needs itself. One pod at a time. Not thread-safe.
/// </summary>
/// <param name="entries">Everything in the namespace; kept by the owner.</param>
/// <param name="index">Who points at whom in it.</param>
internal sealed class PodRelations(Dictionary<Uid, Entry> entries, RelationIndex index)
{
    private readonly ReferencePool _references = new();
    private readonly List<(string Kind, Uid Uid)> _pairs = [];
    private readonly List<Uid> _served = [];
    private readonly List<Entry> _needs = [];
    private readonly List<Entry> _owners = [];

    /// <summary>The kinds that the leader can read; of any other, references are copied from the owners' references.</summary>
    public KindSet Watched { get; set; }

    /// <summary>What the pod needs, each once; nothing while it is not bound. Overwritten for the next pod.</summary>
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

    /// <summary>Number of different references that are kept to be shared.</summary>
    public int PooledReferences => _references.Count;

    /// <summary>Forgets references that no pod has any more, once there are many of them.</summary>
    /// <param name="pods">Number of pods: there are no more different references in use.</param>
    public void TrimReferences(int pods)
    {
        if (_references.HasOutgrown(pods)) _references.KeepOnly(entries.Values.Select(entry => entry.References).OfType<References>());
    }

    // What serves the pod at hand is looked up once, for its references and for what it needs.
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

            // Owners may form a ring. That something is needed already (a service that serves the pod) does not say that its owners are.
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
        // Of a kind that is watched, only what is known; of any other, what the owner reference says.
        if (owner.KnownKind is not { } kind || kind == ResourceKind.EndpointSlice || !Watched.Contains(kind) || Known(owner) is not null)
            _pairs.Add((owner.Kind, owner.Uid));
    }

    private Entry? Known(Owner? owner) =>
        owner?.KnownKind is { } kind && kind != ResourceKind.EndpointSlice
        && entries.TryGetValue(owner.Uid, out var entry) && entry.Resource.Kind == kind
            ? entry
            : null;
}
