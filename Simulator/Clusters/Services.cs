using MetaCollector.Simulator.Documents;
using MetaCollector.Simulator.Objects;

namespace MetaCollector.Simulator.Clusters;

/// <summary>Services and their endpoint slices.</summary>
internal sealed class Services(Dice dice, Action<KubernetesObject> create)
{
    /// <summary>A service that selects an application, with the slice that the controller would make.</summary>
    public void WithSelector(string ns, string app, IReadOnlyList<KubernetesObject> pods, bool headless)
    {
        var service = Kube.Service(app).In(ns).WithUid(dice.Uid()).Selecting(("app.kubernetes.io/name", app))
            .Labelled(("app.kubernetes.io/name", app), ("app.kubernetes.io/part-of", ns), ("app.kubernetes.io/managed-by", "Helm"));
        service = headless ? service.Set("spec.clusterIP", "None") : service;
        create(service);
        create(Slice(service, pods).ManagedByController().OwnedBy(service));
    }

    /// <summary>A service without a selector, whose slice somebody wrote by hand.</summary>
    public void WithoutSelector(string ns, string name, IReadOnlyList<KubernetesObject> pods)
    {
        var service = Kube.Service(name).In(ns).WithUid(dice.Uid()).Labelled(("origin", "hand-made"));
        create(service);
        create(Slice(service, [.. pods.Take(2)]));
    }

    private KubernetesObject Slice(KubernetesObject service, IReadOnlyList<KubernetesObject> pods)
    {
        var slice = Kube.EndpointSlice($"{service.Name}-{dice.Suffix()}", service.Name).In(service.Namespace).WithUid(dice.Uid())
            .With("ports", new JsonList(new JsonMap(("name", "http"), ("port", 8080), ("protocol", "TCP"))));
        return pods.Aggregate(slice, (so, pod) => so.Targeting(pod));
    }
}
