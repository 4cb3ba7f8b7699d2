using System.Globalization;
using MetaCollector.Simulator.Objects;

namespace MetaCollector.Simulator.Clusters;

/// <summary>Makes clusters that look like real ones: what runs on every node, and workloads of all kinds spread over namespaces.</summary>
public sealed class ClusterGenerator
{
    private readonly Action<KubernetesObject> _create;
    private readonly Func<DateTimeOffset> _now;

    internal ClusterGenerator(Action<KubernetesObject> create, Func<DateTimeOffset> now)
    {
        _create = create;
        _now = now;
    }

    /// <summary>Creates the objects of a cluster. Returns how many of each kind.</summary>
    public IReadOnlyDictionary<string, int> Generate(ClusterShape shape)
    {
        shape.Validate();
        var counts = new SortedDictionary<string, int>(StringComparer.Ordinal);
        void Create(KubernetesObject one)
        {
            _create(one);
            counts[one.Kind] = counts.GetValueOrDefault(one.Kind) + 1;
        }

        var dice = new Dice(shape.Seed, _now());
        KubernetesObject[] nodes =
            [.. Enumerable.Range(0, shape.Nodes).Select(i => NodeParts.Node(dice, string.Create(CultureInfo.InvariantCulture, $"node-{i}")))];
        foreach (var node in nodes)
        {
            Create(node);
        }

        var system = new SystemWorkloads(dice, Create);
        var left = shape.PodsPerNode - system.Create(nodes, shape.PodsPerNode);
        string[] namespaces = [.. Enumerable.Range(0, shape.Namespaces).Select(i => string.Create(CultureInfo.InvariantCulture, $"team-{i}"))];
        foreach (var ns in namespaces)
        {
            Create(Kube.Namespace(ns).WithUid(dice.Uid()).Labelled(("kubernetes.io/metadata.name", ns), ("team", ns), ("environment", dice.Pick(["prod", "staging", "test"]))));
        }

        var slots = Slots(dice, nodes, left);
        var workloads = new Workloads(dice, Create, slots);
        for (var i = 0; workloads.SlotsLeft > 0; i++)
        {
            workloads.Create(namespaces[i % namespaces.Length]);
        }

        return counts;
    }

    /// <summary>Creates the objects of a cluster of that size.</summary>
    public IReadOnlyDictionary<string, int> Generate(int nodes, int podsPerNode, int namespaces = 5, int seed = 1) =>
        Generate(new ClusterShape { Nodes = nodes, PodsPerNode = podsPerNode, Namespaces = namespaces, Seed = seed });

    /// <summary>The nodes that the pods will stand on, in the order in which they are made.</summary>
    private static Queue<string> Slots(Dice dice, KubernetesObject[] nodes, int each)
    {
        var slots = new string[nodes.Length * Math.Max(0, each)];
        for (var i = 0; i < slots.Length; i++)
        {
            slots[i] = nodes[i % nodes.Length].Name;
        }

        dice.Shuffle(slots.AsSpan());
        return new Queue<string>(slots);
    }
}
