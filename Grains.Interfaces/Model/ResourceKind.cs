namespace MetaCollector.Grains.Interfaces.Model;

/// <summary>
/// The kinds of Kubernetes objects that the leader watches. Of any other owner only the owner reference is known.
/// The numbers travel between silos of different versions: add, never renumber.
/// </summary>
public enum ResourceKind : byte
{
    /// <summary>core/v1 Pod: the only kind whose events carry a status and references.</summary>
    Pod = 1,

    /// <summary>core/v1 Namespace.</summary>
    Namespace = 2,

    /// <summary>apps/v1 Deployment.</summary>
    Deployment = 3,

    /// <summary>apps/v1 ReplicaSet.</summary>
    ReplicaSet = 4,

    /// <summary>apps/v1 DaemonSet.</summary>
    DaemonSet = 5,

    /// <summary>core/v1 ReplicationController; Falco's plugin also asks for it as <c>ReplicaController</c>.</summary>
    ReplicationController = 6,

    /// <summary>core/v1 Service.</summary>
    Service = 7,

    /// <summary>apps/v1 StatefulSet, with <c>--extra-kinds</c>.</summary>
    StatefulSet = 8,

    /// <summary>batch/v1 Job, with <c>--extra-kinds</c>.</summary>
    Job = 9,

    /// <summary>batch/v1 CronJob, with <c>--extra-kinds</c>.</summary>
    CronJob = 10,

    /// <summary>discovery.k8s.io/v1 EndpointSlice: relates services to pods; never sent to a subscriber.</summary>
    EndpointSlice = 11,
}
