using System.Runtime.InteropServices;

namespace MetaCollector.Informer.Storing;

/// <summary>What was read from the API server, by namespace, with indexes by node and by address. Guarded by the store's lock.</summary>
/// <remarks>A deleted owner stays in its last version while a pod names it in its chain of owners (<see cref="OwnerIndex"/>).</remarks>
internal sealed class ClusterContent
{
    private static readonly Dictionary<Uid, Resource> Nothing = [];

    private readonly Dictionary<string, NamespaceContent> _namespaces = new(StringComparer.Ordinal);
    private readonly int[] _counts = new int[32];

    public NodeIndex Nodes { get; } = new();

    public AddressIndex Addresses { get; } = new();

    /// <summary>The namespaces with objects.</summary>
    public IReadOnlyCollection<string> Namespaces => _namespaces.Keys;

    public int Count => _counts.Sum();

    public int CountOf(ResourceKind kind) => _counts[(int)kind];

    public IReadOnlyDictionary<Uid, Resource> In(string @namespace) =>
        _namespaces.TryGetValue(@namespace, out var content) ? content.Resources : Nothing;

    /// <inheritdoc cref="IResourceSink.Canonical"/>
    public Resource Canonical(Resource resource) =>
        In(resource.Namespace).TryGetValue(resource.Uid, out var held) && held.Equals(resource) && !IsElsewhere(held, resource) ? held : resource;

    /// <inheritdoc cref="IResourceSink.Set"/>
    public bool Set(Resource resource, ContentChanges changes)
    {
        ref var content = ref CollectionsMarshal.GetValueRefOrAddDefault(_namespaces, resource.Namespace, out _);
        content ??= new NamespaceContent();
        content.Owners.Exists(resource.Uid);
        ref var held = ref CollectionsMarshal.GetValueRefOrAddDefault(content.Resources, resource.Uid, out _);
        var before = held;
        if (before is not null && before.Equals(resource))
        {
            // A change of a pod's addresses is not fed to grains; only the address index needs it.
            if (IsElsewhere(before, resource)) Addresses.Replace(before, held = resource);
            return false;
        }

        held = resource;
        Note(content, before, resource, changes);
        if (before?.Controller?.Uid != resource.Controller?.Uid) Lose(content, before, changes);
        return true;
    }

    /// <returns>False if it was not held, or was deleted before and kept as an owner.</returns>
    public bool Remove(Resource resource, ContentChanges changes)
    {
        if (!_namespaces.TryGetValue(resource.Namespace, out var content)) return false;
        if (!content.Resources.TryGetValue(resource.Uid, out var held) || held.Kind != resource.Kind) return false;
        var (stays, isKnown) = content.Owners.Delete(held);
        if (stays) return !isKnown;
        Drop(content, held, changes);
        Lose(content, held, changes);
        return true;
    }

    /// <summary>Removes the deleted owners that no pod names any more, after the changes in <see cref="ContentChanges.Lost"/>.</summary>
    public void Release(ContentChanges changes)
    {
        foreach (var (content, lost) in changes.Lost)
            foreach (var owner in content.Owners.Released(lost)) Drop(content, owner, changes);

        changes.Lost.Clear();
    }

    public void Clear()
    {
        _namespaces.Clear();
        Nodes.Clear();
        Addresses.Clear();
        Array.Clear(_counts);
    }

    private void Drop(NamespaceContent content, Resource held, ContentChanges changes)
    {
        content.Resources.Remove(held.Uid);
        if (content.Resources.Count == 0) _namespaces.Remove(held.Namespace);
        Note(content, held, null, changes);
    }

    private void Note(NamespaceContent content, Resource? before, Resource? after, ContentChanges changes)
    {
        Nodes.Replace(before, after);
        Addresses.Replace(before, after);
        content.Owners.Replace(before, after);
        if (before is not null) _counts[(int)before.Kind]--;
        if (after is not null) _counts[(int)after.Kind]++;
        changes.Objects.Add(after ?? before!);
    }

    private static void Lose(NamespaceContent content, Resource? loser, ContentChanges changes)
    {
        if (loser?.Controller is { } owner && content.Owners.HasDeleted) changes.Lost.Add((content, owner));
    }

    private static bool IsElsewhere(Resource held, Resource now) => held is Pod was && now is Pod pod && was.Addresses != pod.Addresses;
}
