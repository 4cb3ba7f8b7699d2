namespace MetaCollector.Clustering.Kubernetes;

/// <summary>Where the silos of a cluster find each other: in one ConfigMap. Validated at start.</summary>
public sealed class KubernetesClusteringOptions
{
    /// <summary>
    /// The namespace of the ConfigMap, and of the silos' pods. By default that of the pod that this runs in; required elsewhere.
    /// </summary>
    public string Namespace { get; set; } = "";

    /// <summary>The name of the ConfigMap; one for each cluster. Required; <c>orleans</c> by default.</summary>
    public string Name { get; set; } = "orleans";

    /// <summary>
    /// Orleans' cluster id: silos with another one are refused. By default that of <c>ClusterOptions</c> where it was set before, else <see cref="Name"/>.
    /// </summary>
    public string? ClusterId { get; set; }

    /// <summary>Orleans' service id. By default that of <c>ClusterOptions</c> where it was set before, else <see cref="ClusterId"/>.</summary>
    public string? ServiceId { get; set; }

    /// <summary>How long one request to the API server may take, 1 s to 60 s. 5 s by default.</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long a starting silo that finds a table edited by hand waits for a running silo, which knows what it was, to repair it.
    /// Longer than Orleans' <c>TableRefreshTimeout</c>. 20 s by default.
    /// </summary>
    public TimeSpan RepairPatience { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// How long a silo that stops tries to write into the table that it leaves, while the API server answers nothing or errors. After it, the silo
    /// ends all the same, and the others find out as when a silo is lost. 2 s by default.
    /// </summary>
    public TimeSpan LeaveTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long the row of a dead silo stays, so that the table stays small while a silo crashes again and again. 10 min by default.
    /// </summary>
    public TimeSpan DefunctAfter { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Labels for the ConfigMap, and for the Lease of a <see cref="Leasing.LeaseElector"/>, beside those that they have; they are put there with the next
    /// write. None by default.
    /// </summary>
    public IDictionary<string, string> Labels { get; } = new Dictionary<string, string>();

    /// <summary>
    /// The name of the pod that this silo runs in (downward API: <c>metadata.name</c>); null outside a pod. With it and
    /// <see cref="PodUid"/>, silos whose pod is gone are declared dead at once.
    /// </summary>
    public string? PodName { get; set; }

    /// <summary>The uid of that pod (downward API: <c>metadata.uid</c>).</summary>
    public string? PodUid { get; set; }

    /// <summary>
    /// A label selector for the pods of this cluster's silos, such as <c>app.kubernetes.io/name=metacollector</c>, by which they are watched; with none,
    /// each is looked at by its name every ten seconds.
    /// </summary>
    public string? PodSelector { get; set; }

    /// <summary>Whether pods are watched: whether both <see cref="PodName"/> and <see cref="PodUid"/> are known.</summary>
    internal bool KnowsPod => !string.IsNullOrEmpty(PodName) && !string.IsNullOrEmpty(PodUid);
}
