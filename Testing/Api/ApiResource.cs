namespace MetaCollector.Testing.Api;

/// <summary>Where the API server keeps the objects of one kind.</summary>
/// <param name="ApiVersion">E.g. <c>apps/v1</c>.</param>
/// <param name="Kind">E.g. <c>ReplicaSet</c>.</param>
/// <param name="Plural">E.g. <c>replicasets</c>.</param>
/// <param name="IsNamespaced">Whether its objects live in namespaces.</param>
public sealed record ApiResource(string ApiVersion, string Kind, string Plural, bool IsNamespaced = true)
{
    private static readonly ApiResource[] All =
    [
        new("v1", "Pod", "pods"), new("v1", "Namespace", "namespaces", false), new("v1", "Service", "services"),
        new("v1", "ReplicationController", "replicationcontrollers"), new("v1", "Node", "nodes", false),
        new("v1", "ConfigMap", "configmaps"), new("v1", "ServiceAccount", "serviceaccounts"), new("apps/v1", "Deployment", "deployments"), new("apps/v1", "ReplicaSet", "replicasets"),
        new("apps/v1", "DaemonSet", "daemonsets"), new("apps/v1", "StatefulSet", "statefulsets"), new("batch/v1", "Job", "jobs"),
        new("batch/v1", "CronJob", "cronjobs"), new("discovery.k8s.io/v1", "EndpointSlice", "endpointslices"),
        new("coordination.k8s.io/v1", "Lease", "leases"),
    ];

    private static readonly Dictionary<string, string> ShortNames = new(StringComparer.Ordinal)
    {
        ["ns"] = "namespaces", ["deploy"] = "deployments", ["rs"] = "replicasets", ["ds"] = "daemonsets", ["sts"] = "statefulsets",
        ["rc"] = "replicationcontrollers", ["svc"] = "services", ["po"] = "pods", ["pod"] = "pods",
    };

    /// <summary>The resource of a kind, or of a name that kubectl would understand.</summary>
    public static ApiResource Of(string kindOrName) => All.Single(resource =>
        resource.Kind == kindOrName || resource.Plural == ShortNames.GetValueOrDefault(kindOrName, kindOrName));

    /// <summary>The path of one object, or of all where <paramref name="name"/> is null; of every namespace where that is null.</summary>
    public string Path(string? @namespace, string? name = null, string? subresource = null) => string.Concat(
        ApiVersion.Contains('/', StringComparison.Ordinal) ? $"apis/{ApiVersion}/" : $"api/{ApiVersion}/",
        IsNamespaced && @namespace is not null ? $"namespaces/{@namespace}/" : "",
        Plural,
        name is null ? "" : $"/{name}",
        subresource is null ? "" : $"/{subresource}");
}
