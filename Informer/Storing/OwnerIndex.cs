using System.Runtime.InteropServices;

namespace MetaCollector.Informer.Storing;

/// <summary>
/// Keeps the deleted owners of one namespace that pods still name, directly or through other owners. A pod terminates for half a minute after
/// its ReplicaSet is deleted: its last events still need the owner. Guarded by the store's lock.
/// </summary>
/// <param name="resources">The objects of the namespace; the store changes them.</param>
internal sealed class OwnerIndex(Dictionary<Uid, Resource> resources)
{
    private static readonly KindSet Owners = KindSet.Of(
        ResourceKind.Deployment, ResourceKind.ReplicaSet, ResourceKind.DaemonSet, ResourceKind.ReplicationController,
        ResourceKind.StatefulSet, ResourceKind.Job, ResourceKind.CronJob);

    // How many pods, and how many other objects, name a uid as their controller.
    private readonly Dictionary<Uid, (int Pods, int Others)> _named = [];
    private HashSet<Uid>? _deleted;

    public bool HasDeleted => _deleted is { Count: > 0 };

    /// <summary>Takes a change of an object; null stands for none.</summary>
    public void Replace(Resource? before, Resource? after)
    {
        if (before?.Controller?.Uid == after?.Controller?.Uid) return;
        Count(before, -1);
        Count(after, 1);
    }

    /// <summary>Notes that an object exists (again).</summary>
    public void Exists(Uid uid) => _deleted?.Remove(uid);

    /// <summary>Notes that an object was deleted.</summary>
    /// <returns>Whether it stays because a pod names it, and whether it was noted as deleted before.</returns>
    public (bool Stays, bool IsKnown) Delete(Resource resource)
    {
        if (!Owners.Contains(resource.Kind) || !IsNamed(resource.Uid, [])) return default;
        return (true, !(_deleted ??= []).Add(resource.Uid));
    }

    /// <summary>Forgets the deleted owners that no pod names any more after an object lost this owner, which may be the owner itself and those above it.</summary>
    public List<Resource> Released(Owner lost)
    {
        var released = new List<Resource>();
        if (_deleted is not { Count: > 0 }) return released;
        var followed = new HashSet<Uid>();
        for (Owner? owner = lost; owner is not null && followed.Add(owner.Uid) && resources.TryGetValue(owner.Uid, out var resource); owner = resource.Controller)
        {
            if (_deleted.Contains(resource.Uid) && !IsNamed(resource.Uid, [])) released.Add(resource);
        }

        foreach (var resource in released) _deleted.Remove(resource.Uid);
        return released;
    }

    private bool IsNamed(Uid uid, HashSet<Uid> asked)
    {
        // Owners may form a ring.
        if (!asked.Add(uid) || !_named.TryGetValue(uid, out var named)) return false;
        return named.Pods > 0
            || (named.Others > 0 && resources.Values.Any(other => other is not Pod && other.Controller?.Uid == uid && IsNamed(other.Uid, asked)));
    }

    private void Count(Resource? resource, int change)
    {
        if (resource?.Controller is not { } owner) return;
        ref var named = ref CollectionsMarshal.GetValueRefOrAddDefault(_named, owner.Uid, out _);
        if (resource is Pod) named.Pods += change;
        else named.Others += change;
        if (named is { Pods: 0, Others: 0 }) _named.Remove(owner.Uid);
    }
}
