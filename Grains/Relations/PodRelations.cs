using System.Runtime.InteropServices;
using MetaCollector.Conversation.Sharing;

namespace MetaCollector.Grains.Relations;

/// <summary>
/// Derives what a pod needs and refers to from the content of its namespace (PROTOCOL.md, "What is related to node N"). A bound pod
/// <em>needs</em> itself, its Namespace, the services that serve it, and its controller owners, transitively; if an owner is a pod, also all
/// that this pod needs. Not thread-safe.
/// </summary>
/// <param name="entries">Everything in the namespace; the owner changes it.</param>
/// <param name="index">Finds services, and owned resources.</param>
/// <param name="pool">Shares references among pods that refer to the same.</param>
internal sealed class PodRelations(Dictionary<Uid, Entry> entries, RelationIndex index, VersionPool pool)
{
    private readonly List<(string Kind, Uid Uid)> _pairs = [];
    private readonly List<KindReferences> _kinds = [];
    private readonly List<Uid> _uids = [];
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

        return pool.Share(Grouped());
    }

    // Sorted by kind and uid, each pair once; the empty uid stands for a kind without references.
    private References Grouped()
    {
        _pairs.Sort(static (left, right) =>
        {
            var order = string.CompareOrdinal(left.Kind, right.Kind);
            return order != 0 ? order : left.Uid.CompareTo(right.Uid);
        });
        _kinds.Clear();
        _uids.Clear();
        for (var i = 0; i < _pairs.Count; i++)
        {
            var (kind, uid) = _pairs[i];
            if (!uid.IsEmpty && (_uids.Count == 0 || _uids[^1] != uid)) _uids.Add(uid);
            if (i + 1 < _pairs.Count && _pairs[i + 1].Kind == kind) continue;
            _kinds.Add(new KindReferences(kind, EquatableArray.Create(CollectionsMarshal.AsSpan(_uids))));
            _uids.Clear();
        }

        return new References { Kinds = EquatableArray.Create(CollectionsMarshal.AsSpan(_kinds)) };
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
