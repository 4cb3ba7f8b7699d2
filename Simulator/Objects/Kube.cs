using MetaCollector.Simulator.Documents;
using MetaCollector.Simulator.Resources;

namespace MetaCollector.Simulator.Objects;

/// <summary>
/// Objects in the words of Kubernetes, for <c>using static</c>: <c>Pod("web-1").In("shop").On("node-a").OwnedBy(rs)</c>. Each has a
/// uid from the start, so that others can name it as their owner before it is stored, and stands in "default" if nothing is said.
/// </summary>
public static class Kube
{
    public static KubernetesObject Pod(string name) => New(ResourceTypes.Pods, name)
        .With("spec", new JsonMap(("containers", new JsonList(new JsonMap(("name", "main"), ("image", "registry.example/main:1"))))));

    public static KubernetesObject Namespace(string name) => New(ResourceTypes.Namespaces, name);

    public static KubernetesObject Node(string name) => New(ResourceTypes.Nodes, name).Labelled(("kubernetes.io/hostname", name), ("kubernetes.io/os", "linux"));

    public static KubernetesObject Service(string name) => New(ResourceTypes.Services, name)
        .With("spec", new JsonMap(("ports", new JsonList(new JsonMap(("port", 80), ("protocol", "TCP"), ("targetPort", 80))))));

    public static KubernetesObject Deployment(string name) => New(ResourceTypes.Deployments, name);

    public static KubernetesObject ReplicaSet(string name) => New(ResourceTypes.ReplicaSets, name);

    public static KubernetesObject DaemonSet(string name) => New(ResourceTypes.DaemonSets, name);

    public static KubernetesObject StatefulSet(string name) => New(ResourceTypes.StatefulSets, name);

    public static KubernetesObject Job(string name) => New(ResourceTypes.Jobs, name);

    public static KubernetesObject CronJob(string name) => New(ResourceTypes.CronJobs, name);

    public static KubernetesObject ReplicationController(string name) => New(ResourceTypes.ReplicationControllers, name);

    public static KubernetesObject ConfigMap(string name) => New(ResourceTypes.ConfigMaps, name);

    public static KubernetesObject Lease(string name) => New(ResourceTypes.Leases, name);

    /// <summary>An endpoint slice of a service; hand-made unless <see cref="ManagedByController"/> is said too.</summary>
    public static KubernetesObject EndpointSlice(string name, string service) => New(ResourceTypes.EndpointSlices, name)
        .Set("addressType", "IPv4").With("endpoints", JsonList.Empty).With("ports", JsonList.Empty)
        .Labelled(("kubernetes.io/service-name", service));

    /// <summary>As the endpoint slice controller labels its own.</summary>
    public static KubernetesObject ManagedByController(this KubernetesObject slice) =>
        slice.Labelled(("endpointslice.kubernetes.io/managed-by", "endpointslice-controller.k8s.io"));

    /// <summary>An endpoint slice with one more endpoint: that pod at its address.</summary>
    public static KubernetesObject Targeting(this KubernetesObject slice, KubernetesObject pod, bool ready = true) =>
        slice.With("endpoints", new JsonList([.. slice.Document["endpoints"]?.Items ?? [], new JsonMap(
            ("addresses", new JsonList(pod.PodIP.Length == 0 ? "10.255.255.254" : pod.PodIP)),
            ("conditions", new JsonMap(("ready", ready), ("serving", ready), ("terminating", false))),
            ("targetRef", new JsonMap(("kind", "Pod"), ("namespace", pod.Namespace), ("name", pod.Name), ("uid", pod.Uid))),
            ("nodeName", pod.NodeName))]));

    /// <summary>An endpoint slice without endpoints.</summary>
    public static KubernetesObject WithoutEndpoints(this KubernetesObject slice) => slice.With("endpoints", JsonList.Empty);

    /// <summary>Any kind, with nothing but its name, namespace and a new uid.</summary>
    public static KubernetesObject New(ResourceType type, string name)
    {
        var metadata = new JsonMap(("name", name));
        metadata = type.Namespaced ? metadata.With("namespace", "default") : metadata;
        return new KubernetesObject(type, new JsonMap(
            ("kind", type.Kind), ("apiVersion", type.ApiVersion), ("metadata", metadata.With("uid", Guid.NewGuid().ToString()))));
    }
}
