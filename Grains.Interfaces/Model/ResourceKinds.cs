namespace MetaCollector.Grains.Interfaces.Model;

/// <summary>API group and wire name of each <see cref="ResourceKind"/>. Thread-safe.</summary>
public static class ResourceKinds
{
    /// <summary>The kinds that are always watched and streamed.</summary>
    public static KindSet Standard { get; } = KindSet.Of(
        ResourceKind.Pod, ResourceKind.Namespace, ResourceKind.Deployment, ResourceKind.ReplicaSet,
        ResourceKind.DaemonSet, ResourceKind.ReplicationController, ResourceKind.Service);

    /// <summary>The kinds that <c>--extra-kinds</c> may add.</summary>
    public static KindSet Extra { get; } = KindSet.Of(ResourceKind.StatefulSet, ResourceKind.Job, ResourceKind.CronJob);

    /// <summary>The kind's name as Kubernetes and the wire spell it, e.g. <c>ReplicaSet</c>.</summary>
    public static string NameOf(ResourceKind kind) => kind switch
    {
        ResourceKind.Pod => nameof(ResourceKind.Pod),
        ResourceKind.Namespace => nameof(ResourceKind.Namespace),
        ResourceKind.Deployment => nameof(ResourceKind.Deployment),
        ResourceKind.ReplicaSet => nameof(ResourceKind.ReplicaSet),
        ResourceKind.DaemonSet => nameof(ResourceKind.DaemonSet),
        ResourceKind.ReplicationController => nameof(ResourceKind.ReplicationController),
        ResourceKind.Service => nameof(ResourceKind.Service),
        ResourceKind.StatefulSet => nameof(ResourceKind.StatefulSet),
        ResourceKind.Job => nameof(ResourceKind.Job),
        ResourceKind.CronJob => nameof(ResourceKind.CronJob),
        ResourceKind.EndpointSlice => nameof(ResourceKind.EndpointSlice),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "not a kind that is watched"),
    };

    /// <summary>The kind's API group; empty for the core group.</summary>
    public static string GroupOf(ResourceKind kind) => kind switch
    {
        ResourceKind.Deployment or ResourceKind.ReplicaSet or ResourceKind.DaemonSet or ResourceKind.StatefulSet => "apps",
        ResourceKind.Job or ResourceKind.CronJob => "batch",
        ResourceKind.EndpointSlice => "discovery.k8s.io",
        _ => "",
    };

    /// <summary>
    /// The kind with this API group and name; null if it is not a kind that we watch. A <c>Deployment</c> of another group is another kind.
    /// </summary>
    public static ResourceKind? Find(string group, string name) => (group, name) switch
    {
        ("", "Pod") => ResourceKind.Pod,
        ("", "Namespace") => ResourceKind.Namespace,
        ("", "ReplicationController") => ResourceKind.ReplicationController,
        ("", "Service") => ResourceKind.Service,
        ("apps", "Deployment") => ResourceKind.Deployment,
        ("apps", "ReplicaSet") => ResourceKind.ReplicaSet,
        ("apps", "DaemonSet") => ResourceKind.DaemonSet,
        ("apps", "StatefulSet") => ResourceKind.StatefulSet,
        ("batch", "Job") => ResourceKind.Job,
        ("batch", "CronJob") => ResourceKind.CronJob,
        ("discovery.k8s.io", "EndpointSlice") => ResourceKind.EndpointSlice,
        _ => null,
    };
}
