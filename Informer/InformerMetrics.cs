using System.Diagnostics.Metrics;

namespace MetaCollector.Informer;

/// <summary>Instruments of the informer. Thread-safe.</summary>
internal sealed class InformerMetrics
{
    public const string MeterName = "MetaCollector.Informer";

    private const string Source = "api-server";

    private readonly Counter<long> _events;
    private readonly Counter<long> _restarts;
    private readonly Counter<long> _lists;
    private readonly Counter<long> _bytes;
    private readonly Counter<long> _malformed;
    private readonly Counter<long> _late;
    private readonly Histogram<double> _failover;

    public InformerMetrics(IMeterFactory meters, InformerStatus status, TimeProvider time)
    {
        var meter = meters.Create(MeterName);
        // Name and labels are those of k8s-metacollector.
        _events = meter.CreateCounter<long>("meta_collector_collector_event_api_server_received",
            description: "Events received from the API server, by collector and type (create, update, delete, generic).");
        _restarts = meter.CreateCounter<long>("meta_collector_informer_watch_restarts",
            description: "Watches that ended and lists that failed, by kind and cause; timeout is the regular end.");
        _lists = meter.CreateCounter<long>("meta_collector_informer_lists",
            description: "Lists that were completed, by kind and way (stream or pages): one for each kind and leader, more where a watch could not be resumed.");
        _bytes = meter.CreateCounter<long>("meta_collector_informer_received_bytes", "By",
            "Bytes of lists and watches that were received from the API server and decoded, by kind.");
        _malformed = meter.CreateCounter<long>("meta_collector_informer_malformed_objects",
            description: "Objects that could not be decoded and were skipped, by kind.");
        _late = meter.CreateCounter<long>("meta_collector_informer_late_watches_total",
            description: "Watches that brought nothing while a list found changes, by kind; a buffering proxy causes this.");
        _failover = meter.CreateHistogram("meta_collector_informer_failover_seconds", "s",
            "Time from winning an election to being in sync, in seconds.", advice: new InstrumentAdvice<double>
            {
                HistogramBucketBoundaries = [0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 20, 30, 60, 120, 300],
            });
        meter.CreateObservableGauge("meta_collector_informer_objects", () => status.Kinds.Select(kind =>
            new Measurement<long>(kind.Objects, Kind(kind.Kind))), description: "Objects held by the leader, by kind.");
        meter.CreateObservableGauge("meta_collector_informer_nodes", () => status.Nodes,
            description: "Nodes with pods. On the leader only; 0 elsewhere.");
        meter.CreateObservableGauge("meta_collector_informer_last_event_age_seconds", () => status.Kinds
            .Where(kind => kind is { State: not KindState.Idle, LastEvent: not null })
            .Select(kind => new Measurement<double>(Math.Max(0, (time.GetUtcNow() - kind.LastEvent!.Value).TotalSeconds), Kind(kind.Kind))), "s",
            "Time since the last event, bookmark or list of a kind, in seconds. The API server says something about every minute. On the leader only.");
        meter.CreateObservableGauge("meta_collector_informer_kind_readable", () => status.Kinds
            .Where(kind => kind.State != KindState.Idle)
            .Select(kind => new Measurement<int>(kind.State == KindState.Unknown ? 0 : 1, Kind(kind.Kind))),
            description: "Whether a kind can be read: 0 where it is refused or absent. On the leader only.");
        meter.CreateObservableGauge("meta_collector_informer_leading", () => status.IsLeading ? 1 : 0,
            description: "1 where this replica leads, else 0.");
        meter.CreateObservableGauge("meta_collector_informer_synced", () => status.IsSynced ? 1 : 0,
            description: "1 where this replica leads, can read Pods and Namespaces, and has fed every namespace, else 0.");
        meter.CreateObservableGauge("meta_collector_informer_pending_namespaces", () => status.PendingNamespaces,
            description: "Namespaces with something due or under way to their grains. On the leader only.");
        meter.CreateObservableGauge("meta_collector_informer_reachable", () => status.Trouble is null ? 1 : 0,
            description: "1 while the API server answers, as far as this replica knows; only the leader reads it.");
        foreach (var kind in status.Kinds)
        {
            foreach (var type in new[] { "create", "update", "delete", "generic" }) Received(kind.Kind, type, 0);
            // Reports zeros from the start, so that the first increase is visible to rate().
            _malformed.Add(0, Kind(kind.Kind));
            _late.Add(0, Kind(kind.Kind));
            _restarts.Add(0, Kind(kind.Kind), new("cause", "timeout"));
        }
    }

    public void Received(ResourceKind kind, string type, long count = 1) =>
        _events.Add(count, new("name", CollectorName(kind)), new("source", Source), new("type", type));

    public void WatchEnded(ResourceKind kind, string cause) => _restarts.Add(1, Kind(kind), new("cause", cause.Replace(' ', '_')));

    public void Listed(ResourceKind kind, string way) => _lists.Add(1, Kind(kind), new("way", way));

    public void ReceivedBytes(ResourceKind kind, int bytes) => _bytes.Add(bytes, Kind(kind));

    public void Malformed(ResourceKind kind) => _malformed.Add(1, Kind(kind));

    public void WatchWasLate(ResourceKind kind) => _late.Add(1, Kind(kind));

    /// <summary>This silo came in sync; <paramref name="time"/> is the time since it won the election.</summary>
    public void TookOver(TimeSpan time) => _failover.Record(time.TotalSeconds);

    private static KeyValuePair<string, object?> Kind(ResourceKind kind) => new("kind", ResourceKinds.NameOf(kind));

    // The label that k8s-metacollector gives each kind.
    private static string CollectorName(ResourceKind kind) => kind switch
    {
        ResourceKind.Pod => "pod-collector",
        ResourceKind.Namespace => "namespace-collector",
        ResourceKind.Deployment => "deployment-collector",
        ResourceKind.ReplicaSet => "replicaset-collector",
        ResourceKind.DaemonSet => "daemonset-collector",
        ResourceKind.ReplicationController => "replicationcontroller-collector",
        ResourceKind.Service => "service-collector",
        ResourceKind.EndpointSlice => "endpointslices-dispatcher",
        ResourceKind.StatefulSet => "statefulset-collector",
        ResourceKind.Job => "job-collector",
        ResourceKind.CronJob => "cronjob-collector",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "not a kind that is watched"),
    };
}
