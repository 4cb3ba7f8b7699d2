using System.Runtime.InteropServices;

namespace MetaCollector.Informer.Storing;

/// <summary>Counts the pods of each namespace on each node. Guarded by the store's lock.</summary>
internal sealed class NodeIndex
{
    private readonly Dictionary<string, Dictionary<string, int>> _nodes = new(StringComparer.Ordinal);

    /// <summary>Takes a change of an object; null stands for none.</summary>
    public void Replace(Resource? before, Resource? after)
    {
        var was = before as Pod;
        var now = after as Pod;
        if (was?.Node == now?.Node) return;
        if (was is { Node.Length: > 0 }) Remove(was.Node, was.Namespace);
        if (now is { Node.Length: > 0 }) Add(now.Node, now.Namespace);
    }

    /// <summary>How many nodes have pods.</summary>
    public int Count => _nodes.Count;

    /// <summary>The nodes that have pods.</summary>
    public IReadOnlyCollection<string> Names => _nodes.Keys;

    public IReadOnlyCollection<string> NamespacesOn(string node) => _nodes.TryGetValue(node, out var found) ? found.Keys : [];

    public void Clear() => _nodes.Clear();

    private void Add(string node, string @namespace)
    {
        ref var namespaces = ref CollectionsMarshal.GetValueRefOrAddDefault(_nodes, node, out _);
        namespaces ??= new Dictionary<string, int>(StringComparer.Ordinal);
        CollectionsMarshal.GetValueRefOrAddDefault(namespaces, @namespace, out _)++;
    }

    private void Remove(string node, string @namespace)
    {
        if (!_nodes.TryGetValue(node, out var namespaces)) return;
        ref var pods = ref CollectionsMarshal.GetValueRefOrNullRef(namespaces, @namespace);
        if (System.Runtime.CompilerServices.Unsafe.IsNullRef(ref pods) || --pods > 0) return;
        namespaces.Remove(@namespace);
        if (namespaces.Count == 0) _nodes.Remove(node);
    }
}
