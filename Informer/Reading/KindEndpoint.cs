using System.Globalization;

namespace MetaCollector.Informer.Reading;

/// <summary>The API path of a kind, and the form in which it is requested. Immutable.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Resource">Its plural name, as RBAC rules and URLs spell it, with the group behind a dot.</param>
/// <param name="Path">Path of the collection, without a leading slash.</param>
/// <param name="MetadataOnly">Whether only the metadata is requested.</param>
/// <param name="LabelSelector">Which objects are wanted; null for all.</param>
internal sealed record KindEndpoint(ResourceKind Kind, string Resource, string Path, bool MetadataOnly, string? LabelSelector = null)
{
    public const string Protobuf = "application/vnd.kubernetes.protobuf";

    private static readonly KindEndpoint[] All =
    [
        new(ResourceKind.Pod, "pods", "api/v1/pods", MetadataOnly: false),
        new(ResourceKind.Namespace, "namespaces", "api/v1/namespaces", MetadataOnly: true),
        new(ResourceKind.Deployment, "deployments.apps", "apis/apps/v1/deployments", MetadataOnly: true),
        new(ResourceKind.ReplicaSet, "replicasets.apps", "apis/apps/v1/replicasets", MetadataOnly: true),
        new(ResourceKind.DaemonSet, "daemonsets.apps", "apis/apps/v1/daemonsets", MetadataOnly: true),
        new(ResourceKind.ReplicationController, "replicationcontrollers", "api/v1/replicationcontrollers", MetadataOnly: true),
        new(ResourceKind.Service, "services", "api/v1/services", MetadataOnly: false),
        new(ResourceKind.StatefulSet, "statefulsets.apps", "apis/apps/v1/statefulsets", MetadataOnly: true),
        new(ResourceKind.Job, "jobs.batch", "apis/batch/v1/jobs", MetadataOnly: true),
        new(ResourceKind.CronJob, "cronjobs.batch", "apis/batch/v1/cronjobs", MetadataOnly: true),
        // Leaves out the slices that Kubernetes' own controller manages: they belong to services with a selector, which decides.
        new(ResourceKind.EndpointSlice, "endpointslices.discovery.k8s.io", "apis/discovery.k8s.io/v1/endpointslices", MetadataOnly: false,
            "endpointslice.kubernetes.io/managed-by!=endpointslice-controller.k8s.io"),
    ];

    public string ListMediaType => MetadataOnly ? Protobuf + ";as=PartialObjectMetadataList;g=meta.k8s.io;v=v1" : Protobuf;

    public string WatchMediaType =>
        MetadataOnly ? Protobuf + ";as=PartialObjectMetadata;g=meta.k8s.io;v=v1;stream=watch" : Protobuf + ";stream=watch";

    public static IReadOnlyList<KindEndpoint> Of(KindSet kinds) => [.. All.Where(endpoint => kinds.Contains(endpoint.Kind))];

    /// <summary>Path and query of a page of a consistent list: without resourceVersion, which requests the newest.</summary>
    /// <param name="limit">Largest number of objects in the page; 0 for all.</param>
    /// <param name="token">The continue token of the page before; null for the first page.</param>
    public string List(int limit, string? token) => With(
        limit > 0 ? $"limit={limit.ToString(CultureInfo.InvariantCulture)}" : null,
        string.IsNullOrEmpty(token) ? null : "continue=" + Uri.EscapeDataString(token));

    /// <summary>
    /// Path and query of a list of one object, whatever its labels: a server that looks for one by its labels may have to read all.
    /// </summary>
    public string One => $"{Path}?limit=1";

    /// <summary>Path and query of a watch that begins with everything there is.</summary>
    /// <param name="timeout">After how long the server is to end it.</param>
    public string StreamingList(TimeSpan timeout) => With(
        "watch=true", "sendInitialEvents=true", "resourceVersionMatch=NotOlderThan", "allowWatchBookmarks=true", Timeout(timeout));

    /// <summary>Path and query of a watch.</summary>
    /// <param name="resourceVersion">The version to resume from.</param>
    /// <param name="timeout">After how long the server is to end it.</param>
    public string Watch(string resourceVersion, TimeSpan timeout) => With(
        "watch=true", "resourceVersion=" + Uri.EscapeDataString(resourceVersion), "allowWatchBookmarks=true", Timeout(timeout));

    private static string Timeout(TimeSpan timeout) =>
        "timeoutSeconds=" + ((int)timeout.TotalSeconds).ToString(CultureInfo.InvariantCulture);

    private string With(params IEnumerable<string?> parameters)
    {
        var query = string.Join('&', parameters
            .Prepend(LabelSelector is null ? null : "labelSelector=" + Uri.EscapeDataString(LabelSelector))
            .Where(parameter => parameter is not null));
        return query.Length == 0 ? Path : $"{Path}?{query}";
    }
}
