using MetaCollector.Simulator.Objects;
using static MetaCollector.Simulator.Objects.Kube;

namespace MetaCollector.Benchmarks.Runs;

/// <summary>A namespace that lives for a moment, as a pipeline's or a preview's does: a workload with pods, and a service.</summary>
/// <param name="objects">Where.</param>
/// <param name="name">Its name.</param>
/// <param name="nodes">The nodes of its pods, one each.</param>
internal sealed class EphemeralNamespace(ObjectOperations objects, string name, params IReadOnlyList<string> nodes)
{
    private readonly List<KubernetesObject> _made = [];

    /// <summary>How many pods it has.</summary>
    public int Pods => nodes.Count;

    /// <summary>Creates everything.</summary>
    public void Create()
    {
        Make(Namespace(name));
        var deployment = Make(Deployment("web").In(name));
        var replicas = Make(ReplicaSet("web-1").In(name).OwnedBy(deployment));
        Make(Service("web").In(name).Selecting(("app", name)));
        for (var i = 0; i < nodes.Count; i++) Make(Pod($"web-1-{i}").In(name).On(nodes[i]).OwnedBy(replicas).Labelled(("app", name)));
    }

    /// <summary>Deletes everything at once: the pods first or, every other time, last.</summary>
    public void Delete(bool podsFirst)
    {
        var rest = _made.Skip(1);
        foreach (var each in podsFirst ? rest.Reverse() : rest) objects.Delete(each);
        objects.Delete(_made[0]);
        _made.Clear();
    }

    private KubernetesObject Make(KubernetesObject one)
    {
        var made = objects.Create(one);
        _made.Add(made);
        return made;
    }
}
