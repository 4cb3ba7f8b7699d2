using MetaCollector.Simulator.Wire;

namespace MetaCollector.Simulator.Resources;

/// <summary>All kinds that the server knows.</summary>
public static class ResourceTypes
{
    public static ResourceType Pods { get; } = Core("pods", "Pod", Pod.Descriptor);
    public static ResourceType Services { get; } = Core("services", "Service", Service.Descriptor);
    public static ResourceType ReplicationControllers { get; } =
        Core("replicationcontrollers", "ReplicationController", ReplicationController.Descriptor);

    public static ResourceType ConfigMaps { get; } = new("", "v1", "configmaps", "ConfigMap", true, false, ConfigMap.Descriptor);
    public static ResourceType Endpoints { get; } = new("", "v1", "endpoints", "Endpoints", true, false, Wire.Endpoints.Descriptor);
    public static ResourceType Events { get; } = new("", "v1", "events", "Event", true, false, Event.Descriptor);
    public static ResourceType Namespaces { get; } = new("", "v1", "namespaces", "Namespace", false, true, Namespace.Descriptor);
    public static ResourceType Nodes { get; } = new("", "v1", "nodes", "Node", false, true, Node.Descriptor);
    public static ResourceType Deployments { get; } = Apps("deployments", "Deployment", Deployment.Descriptor);
    public static ResourceType ReplicaSets { get; } = Apps("replicasets", "ReplicaSet", ReplicaSet.Descriptor);
    public static ResourceType DaemonSets { get; } = Apps("daemonsets", "DaemonSet", DaemonSet.Descriptor);
    public static ResourceType StatefulSets { get; } = Apps("statefulsets", "StatefulSet", StatefulSet.Descriptor);
    public static ResourceType Jobs { get; } = new("batch", "v1", "jobs", "Job", true, true, Job.Descriptor);
    public static ResourceType CronJobs { get; } = new("batch", "v1", "cronjobs", "CronJob", true, true, CronJob.Descriptor);
    public static ResourceType EndpointSlices { get; } =
        new("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice", true, false, EndpointSlice.Descriptor);

    public static ResourceType Leases { get; } = new("coordination.k8s.io", "v1", "leases", "Lease", true, false, Lease.Descriptor);

    /// <summary>
    /// What an installation brings beside its pods: stored, listed and watched like the rest, in JSON alone, and without effect. A role
    /// grants nothing (see <see cref="Access.AccessControl"/>), a policy keeps nothing out.
    /// </summary>
    public static IReadOnlyList<ResourceType> Installed { get; } =
    [
        Document("", "secrets", "Secret"),
        Document("", "serviceaccounts", "ServiceAccount"),
        new("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", true, false, null),
        Document("networking.k8s.io", "networkpolicies", "NetworkPolicy"),
        Document("policy", "poddisruptionbudgets", "PodDisruptionBudget"),
        Document("rbac.authorization.k8s.io", "clusterroles", "ClusterRole") with { Namespaced = false },
        Document("rbac.authorization.k8s.io", "clusterrolebindings", "ClusterRoleBinding") with { Namespaced = false },
        Document("rbac.authorization.k8s.io", "roles", "Role"),
        Document("rbac.authorization.k8s.io", "rolebindings", "RoleBinding"),
        Document("monitoring.coreos.com", "podmonitors", "PodMonitor"),
        Document("monitoring.coreos.com", "servicemonitors", "ServiceMonitor"),
        Document("monitoring.coreos.com", "prometheusrules", "PrometheusRule"),
        Document("cert-manager.io", "certificates", "Certificate"),
        Document("cert-manager.io", "issuers", "Issuer"),
        Document("security.istio.io", "authorizationpolicies", "AuthorizationPolicy"),
    ];

    /// <summary>All of them, in the order of discovery.</summary>
    public static IReadOnlyList<ResourceType> All { get; } =
    [
        ConfigMaps, Endpoints, Events, Namespaces, Nodes, Pods, ReplicationControllers, Services,
        DaemonSets, Deployments, ReplicaSets, StatefulSets, CronJobs, Jobs, EndpointSlices, Leases, .. Installed,
    ];

    /// <summary>The groups that are served, the core first.</summary>
    public static IReadOnlyList<(string Group, string Version)> Groups { get; } = [.. All.Select(type => (type.Group, type.Version)).Distinct()];

    /// <summary>The kind that a path names, or null.</summary>
    public static ResourceType? ByPlural(string group, string version, string plural) =>
        All.FirstOrDefault(type => type.Plural == plural && type.Group == group && type.Version == version);

    /// <summary>The kind that an object names, or null.</summary>
    public static ResourceType? ByKind(string? apiVersion, string? kind) =>
        All.FirstOrDefault(type => type.Kind == kind && type.ApiVersion == apiVersion);

    /// <summary>The kind of that plural name (<c>pods</c>, <c>deployments</c>), whatever its group.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static ResourceType ByName(string plural) =>
        All.FirstOrDefault(type => type.Plural == plural) ?? throw new ArgumentException($"the simulator has no resource \"{plural}\"", nameof(plural));

    private static ResourceType Document(string group, string plural, string kind) =>
        new(group, "v1", plural, kind, true, false, null);

    private static ResourceType Core(string plural, string kind, Google.Protobuf.Reflection.MessageDescriptor message) =>
        new("", "v1", plural, kind, true, true, message);

    private static ResourceType Apps(string plural, string kind, Google.Protobuf.Reflection.MessageDescriptor message) =>
        new("apps", "v1", plural, kind, true, true, message);
}
