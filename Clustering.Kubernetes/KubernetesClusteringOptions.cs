namespace MetaCollector.Clustering.Kubernetes;

/// <summary>Where the silos of a cluster find each other: in one ConfigMap. Validated at start.</summary>
public sealed class KubernetesClusteringOptions
{
    /// <summary>
    /// The namespace of the ConfigMap, and of the silos' pods. By default that of the pod that this process runs in; required outside a pod.
    /// </summary>
    public string Namespace { get; set; } = "";

    /// <summary>The name of the ConfigMap; one for each cluster. Required; <c>orleans</c> by default.</summary>
    public string Name { get; set; } = "orleans";

    /// <summary>
    /// Orleans' cluster id: a table of another cluster id is refused. By default that of <c>ClusterOptions</c> where it was set before, else <see cref="Name"/>.
    /// </summary>
    public string? ClusterId { get; set; }

    /// <summary>Orleans' service id. By default that of <c>ClusterOptions</c> where it was set before, else <see cref="ClusterId"/>.</summary>
    public string? ServiceId { get; set; }

    /// <summary>How long one request to the API server may take, 1 s to 60 s. 5 s by default.</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long a starting silo that finds an edited table waits for a running silo, which remembers the rows, to repair it.
    /// Longer than Orleans' <c>TableRefreshTimeout</c>. 20 s by default.
    /// </summary>
    public TimeSpan RepairPatience { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// How long a stopping silo tries to write into the table that it leaves, while the API server fails. After that the silo ends without it, and the
    /// others detect its end as that of a lost silo. 2 s by default.
    /// </summary>
    public TimeSpan LeaveTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long the row of a dead silo stays: the table stays small even while a silo crashes again and again. 10 min by default.
    /// </summary>
    public TimeSpan DefunctAfter { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Labels to add to the ConfigMap, and to the Lease of a <see cref="Leasing.LeaseElector"/>, with each write. None by default.
    /// </summary>
    public IDictionary<string, string> Labels { get; } = new Dictionary<string, string>();

    /// <summary>
    /// The name of the pod that this silo runs in (downward API: <c>metadata.name</c>); null outside a pod. With it and
    /// <see cref="PodUid"/>, the silos declare a silo dead at once when its pod is gone.
    /// </summary>
    public string? PodName { get; set; }

    /// <summary>The uid of that pod (downward API: <c>metadata.uid</c>).</summary>
    public string? PodUid { get; set; }

    /// <summary>
    /// A label selector for the pods of this cluster's silos, such as <c>app.kubernetes.io/name=metacollector</c>: the silos watch these pods. Without one,
    /// they list each pod by its name every ten seconds.
    /// </summary>
    public string? PodSelector { get; set; }

    /// <summary>Whether this silo watches pods: whether both <see cref="PodName"/> and <see cref="PodUid"/> are known.</summary>
    internal bool KnowsPod => !string.IsNullOrEmpty(PodName) && !string.IsNullOrEmpty(PodUid);
}
