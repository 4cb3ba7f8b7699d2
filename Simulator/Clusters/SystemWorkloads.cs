using MetaCollector.Simulator.Documents;
using MetaCollector.Simulator.Objects;

namespace MetaCollector.Simulator.Clusters;

/// <summary>What runs on every node: daemon sets, and a static pod that the kubelet mirrors.</summary>
internal sealed class SystemWorkloads(Dice dice, Action<KubernetesObject> create)
{
    private const string Namespace = "kube-system";
    /// <summary>Creates them; returns how many pods each node got.</summary>
    public int Create(IReadOnlyList<KubernetesObject> nodes, int podsPerNode)
    {
        string[] agents = podsPerNode >= 8 ? ["kube-proxy", "node-agent"] : podsPerNode >= 3 ? ["kube-proxy"] : [];
        foreach (var agent in agents)
        {
            var template = new PodTemplate(dice, agent, new JsonMap(("k8s-app", agent), ("controller-revision-hash", dice.Hex(10)), ("pod-template-generation", "1")));
            var set = Kube.DaemonSet(agent).In(Namespace).WithUid(dice.Uid()).Labelled(("k8s-app", agent)).Selecting(("k8s-app", agent))
                .With("spec.template", template.Document).With("status.numberReady", nodes.Count);
            create(set);
            foreach (var node in nodes)
            {
                create(template.Pod($"{agent}-{dice.Suffix()}", Namespace, node.Name, set));
            }
        }

        if (podsPerNode < 6)
        {
            return agents.Length;
        }

        var cache = new PodTemplate(dice, "node-cache", new JsonMap(("component", "node-cache"), ("tier", "node")));
        foreach (var node in nodes)
        {
            var hash = dice.Hex(32);
            create(cache.Pod($"node-cache-{node.Name}", Namespace, node.Name, owner: null)
                .OwnedBy(node)
                .Annotated(("kubernetes.io/config.mirror", hash), ("kubernetes.io/config.hash", hash), ("kubernetes.io/config.source", "file")));
        }

        return agents.Length + 1;
    }
}
