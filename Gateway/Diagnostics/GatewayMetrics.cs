using System.Diagnostics.Metrics;
using MetaCollector.Gateway.Limits;
using MetaCollector.Gateway.Rendering;
using MetaCollector.Gateway.Streams;

namespace MetaCollector.Gateway.Diagnostics;

/// <summary>
/// Instruments of the gateway. The first four have the names and labels of k8s-metacollector, so that its dashboards go on working.
/// Thread-safe.
/// </summary>
internal sealed class GatewayMetrics
{
    public const string MeterName = "MetaCollector.Gateway";

    // Name of k8s-metacollector's only queue, in its dashboards.
    private const string QueueName = "blockingChannel";

    private static readonly KeyValuePair<string, object?> Queue = new("name", QueueName);
    private static readonly KeyValuePair<string, object?>[] ReasonTags =
        [.. Enum.GetNames<EventReason>().Select(name => new KeyValuePair<string, object?>("type", name))];
    private static readonly KeyValuePair<string, object?>[] KindTags = MakeKindTags();

    private readonly Counter<long> _queued;
    private readonly Histogram<double> _queueDuration;
    private readonly Counter<long> _dispatched;
    private readonly UpDownCounter<long> _subscribers;
    private readonly Histogram<double> _delay;
    private readonly Histogram<int> _pending;
    private readonly Histogram<double> _snapshot;
    private readonly Counter<long> _ended;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _paced;
    private readonly Counter<long> _keptOut;
    private readonly Counter<long> _nodeChecks;
    private readonly Counter<long> _connectionsRefused;
    private readonly Counter<long> _requestsRefused;

    public GatewayMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _queued = meter.CreateCounter<long>("meta_collector_broker_queue_adds", null, "Changes noted for the subscribers of a node.");
        _queueDuration = meter.CreateHistogram("meta_collector_broker_queue_duration_seconds", "s",
            "Time from noting a change for a subscriber to taking it, in seconds.", advice: Seconds);
        _dispatched = meter.CreateCounter<long>("meta_collector_broker_dispatched_events", null, "Events written, by kind and type.");
        _subscribers = meter.CreateUpDownCounter<long>("meta_collector_server_subscribers", null, "Open streams.");
        _delay = meter.CreateHistogram("meta_collector_gateway_event_delay_seconds", "s",
            "Time from a change's arrival from the API server to writing its event, in seconds.", advice: Seconds);
        _pending = meter.CreateHistogram("meta_collector_gateway_pending_events", null,
            "Events that a stream has yet to be sent, sampled for each stream every ten seconds, at rest every minute.",
            advice: new InstrumentAdvice<int> { HistogramBucketBoundaries = [0, 1, 10, 100, 1000, 10000] });
        _snapshot = meter.CreateHistogram("meta_collector_gateway_snapshot_seconds", "s",
            "Time from opening a stream until it was sent everything related to its node, in seconds.", advice: Seconds);
        _ended = meter.CreateCounter<long>("meta_collector_gateway_streams_ended", null, "Streams ended, by cause.");
        _refused = meter.CreateCounter<long>("meta_collector_gateway_streams_refused", null, "Streams that were not accepted, by cause.");
        meter.CreateObservableGauge("meta_collector_gateway_oldest_pending_seconds", () => OldestPending().TotalSeconds, "s",
            "Age of the oldest change that a stream of this replica has yet to be sent, or of the oldest stream that was sent nothing yet, in seconds.");
        meter.CreateObservableGauge("meta_collector_gateway_stream_share", () => StreamShare is { } share ? [new Measurement<int>(share)] : Array.Empty<Measurement<int>>(),
            null, "Largest number of streams of this replica; it moves streams above that to other replicas.");
        meter.CreateObservableGauge("meta_collector_gateway_memory_used_ratio", () => Memory().Used, null,
            "How full the heap is, of what the runtime may use for it: 0 to 1, as of the last garbage collection.");
        meter.CreateObservableGauge("meta_collector_gateway_memory_high_water_ratio", () => Memory().Mark, null,
            "Above this, new streams are refused (--memory-high-water): 0 to 1.");
        _paced = meter.CreateCounter<long>("meta_collector_gateway_pacing_waits", null, "Pauses made to not overrun a subscriber.");
        _nodeChecks = meter.CreateCounter<long>("meta_collector_gateway_node_checks", null,
            "Subscribers whose address was compared with the node that they asked for, by result; loopback is let in unseen.");
        _connectionsRefused = meter.CreateCounter<long>("meta_collector_gateway_connections_refused", null,
            "Connections that were closed because too many came in a second.");
        _requestsRefused = meter.CreateCounter<long>("meta_collector_gateway_requests_refused", null,
            "Requests that could become no stream, by cause: too large, or not to be understood.");
        _keptOut = meter.CreateCounter<long>("meta_collector_gateway_oversized_resources", null,
            "Versions of resources that were not sent because their event would be too large.");
        Begin();
    }

    /// <summary>Returns the age of the oldest change that a stream has yet to be sent; zero if there is none.</summary>
    public Func<TimeSpan> OldestPending { get; set; } = static () => TimeSpan.Zero;

    /// <summary>Returns how full the heap is, and the limit for new streams.</summary>
    public Func<(double Used, double Mark)> Memory { get; set; } = static () => (0, 1);

    private static InstrumentAdvice<double> Seconds { get; } = new()
    {
        HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    };

    /// <summary>The replica moves streams to others while it has more than this; null while it is the only one.</summary>
    public int? StreamShare { get; set; }

    /// <summary>Changes were noted for the streams of a node.</summary>
    public void Queued(EventReason reason, int count) => _queued.Add(count, Queue, ReasonTags[(int)reason]);

    /// <summary>An event was taken from the queue; <paramref name="queued"/> is the time since its change was noted.</summary>
    public void Taken(TimeSpan queued) => _queueDuration.Record(queued.TotalSeconds, Queue);

    /// <summary>An event was written.</summary>
    public void Dispatched(ResourceKind kind, EventReason reason) => _dispatched.Add(1, KindTags[(int)kind], ReasonTags[(int)reason]);

    /// <summary>A change was written; <paramref name="delay"/> is the time since it arrived.</summary>
    public void Delay(TimeSpan delay) => _delay.Record(Math.Max(0, delay.TotalSeconds));

    /// <summary>Samples how many events a stream has yet to be sent.</summary>
    public void Pending(int count) => _pending.Record(count);

    /// <summary>A stream was sent everything for the first time; <paramref name="time"/> is the time since it was opened.</summary>
    public void SnapshotSent(TimeSpan time) => _snapshot.Record(time.TotalSeconds);

    public void StreamOpened() => _subscribers.Add(1);

    public void StreamEnded(string cause)
    {
        _subscribers.Add(-1);
        _ended.Add(1, Cause(cause));
    }

    public void StreamRefused(string cause) => _refused.Add(1, Cause(cause));

    /// <summary>A stream paused for its rate limit.</summary>
    public void Paced() => _paced.Add(1);

    /// <summary>A connection was closed because too many came in a second.</summary>
    public void ConnectionRefused() => _connectionsRefused.Add(1);

    /// <summary>A request was refused before there was a stream.</summary>
    public void RequestRefused(string cause) => _requestsRefused.Add(1, Cause(cause));

    /// <summary>A subscriber's address was compared with its node.</summary>
    public void NodeChecked(string result) => _nodeChecks.Add(1, new KeyValuePair<string, object?>("result", result));

    /// <summary>A resource was not sent because of its size.</summary>
    public void ResourceKeptOut(ResourceKind kind) => _keptOut.Add(1, KindTags[(int)kind]);

    // Label values have no blanks.
    private static KeyValuePair<string, object?> Cause(string cause) => new("cause", cause.Replace(' ', '_'));

    // Reports zeros from the start, so that the first increase is visible to rate().
    private void Begin()
    {
        _subscribers.Add(0);
        _paced.Add(0);
        _connectionsRefused.Add(0);
        foreach (var cause in RefusedRequests.Causes) _requestsRefused.Add(0, Cause(cause));
        foreach (var result in (string[])["own_node", "exempt", "loopback", "other_node", "unknown"]) _nodeChecks.Add(0, new KeyValuePair<string, object?>("result", result));
        foreach (var reason in ReasonTags)
        {
            _queued.Add(0, Queue, reason);
            foreach (var kind in ResourceKinds.Standard.Kinds()) _dispatched.Add(0, KindTags[(int)kind], reason);
        }

        foreach (var kind in ResourceKinds.Standard.Kinds()) _keptOut.Add(0, KindTags[(int)kind]);
        foreach (var end in StreamEnd.OfStreams) _ended.Add(0, Cause(end.Cause));
        foreach (var end in StreamEnd.OfRefusals) _refused.Add(0, Cause(end.Cause));
    }

    private static KeyValuePair<string, object?>[] MakeKindTags()
    {
        var tags = new KeyValuePair<string, object?>[Enum.GetValues<ResourceKind>().Max(kind => (int)kind) + 1];
        foreach (var kind in Enum.GetValues<ResourceKind>()) tags[(int)kind] = new("kind", ResourceKinds.NameOf(kind));
        return tags;
    }
}
