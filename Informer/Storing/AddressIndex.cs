using System.Runtime.InteropServices;

namespace MetaCollector.Informer.Storing;

/// <summary>The nodes of the pods that have an address. Guarded by the store's lock.</summary>
internal sealed class AddressIndex
{
    private readonly Dictionary<string, Holders> _addresses = new(StringComparer.Ordinal);

    /// <summary>Takes a change of an object; null stands for none.</summary>
    public void Replace(Resource? before, Resource? after)
    {
        var (was, now) = (before as Pod, after as Pod);
        if (was?.Node == now?.Node && was?.Addresses == now?.Addresses) return;
        if (was is { Node.Length: > 0 })
            foreach (var address in was.Addresses) Remove(address, was.Node);
        if (now is { Node.Length: > 0 })
            foreach (var address in now.Addresses) Add(address, now.Node);
    }

    /// <summary>The nodes with pods that have this address, mostly one; none if no pod has it.</summary>
    public string[] NodesWith(string address) => _addresses.TryGetValue(address, out var holders) ? [.. holders.Nodes()] : [];

    public void Clear() => _addresses.Clear();

    private void Add(string address, string node)
    {
        ref var holders = ref CollectionsMarshal.GetValueRefOrAddDefault(_addresses, address, out var exists);
        holders = exists ? holders.With(node) : new Holders(node, 1, null);
    }

    private void Remove(string address, string node)
    {
        ref var holders = ref CollectionsMarshal.GetValueRefOrNullRef(_addresses, address);
        if (System.Runtime.CompilerServices.Unsafe.IsNullRef(ref holders)) return;
        if (holders.Without(node) is { } left) holders = left;
        else _addresses.Remove(address);
    }

    // Nearly every address belongs to one node, so the first node needs no object. A host's address is also that of every pod there.
    private readonly record struct Holders(string Node, int Pods, (string Node, int Pods)[]? Others)
    {
        public IEnumerable<string> Nodes() => (Others ?? []).Select(other => other.Node).Prepend(Node);

        public Holders With(string node)
        {
            if (node == Node) return this with { Pods = Pods + 1 };
            var place = Array.FindIndex(Others ?? [], other => other.Node == node);
            if (place < 0) return this with { Others = [.. Others ?? [], (node, 1)] };
            return this with { Others = [.. Others!.Select((other, i) => i == place ? (other.Node, other.Pods + 1) : other)] };
        }

        public Holders? Without(string node)
        {
            var left = (Others ?? []).Prepend((Node, Pods))
                .Select(holder => holder.Item1 == node ? (Node: holder.Item1, Pods: holder.Item2 - 1) : (Node: holder.Item1, Pods: holder.Item2))
                .Where(holder => holder.Pods > 0).ToArray();
            return left.Length == 0 ? null : new Holders(left[0].Node, left[0].Pods, left.Length == 1 ? null : left[1..]);
        }
    }
}
