using System.Diagnostics.Metrics;

namespace MetaCollector.Informer.Feeding;

/// <summary>
/// Instruments of the feed. It resembles the work queue of a Kubernetes controller: an item is a namespace, is in the queue once however much
/// changed, and is queued again after a failure. An option also serves them under the names of a controller's work queue. Thread-safe.
/// </summary>
internal sealed class FeedMetrics
{
    private static readonly KeyValuePair<string, object?> Success = new("result", "success");
    private static readonly KeyValuePair<string, object?> Error = new("result", "error");

    private readonly Counter<long> _adds;
    private readonly Counter<long> _retries;
    private readonly Counter<long> _batches;
    private readonly Counter<long> _errors;
    private readonly Counter<long> _changes;
    private readonly Counter<long> _merges;
    private readonly Histogram<double> _waited;
    private readonly Histogram<double> _worked;
    private readonly TimeProvider _time;

    public FeedMetrics(IMeterFactory meters, TimeProvider time)
    {
        _time = time;
        var meter = meters.Create(InformerMetrics.MeterName);
        _adds = meter.CreateCounter<long>("meta_collector_feed_due", description: "Namespaces that became due to be fed.");
        _retries = meter.CreateCounter<long>("meta_collector_feed_retries",
            description: "Namespaces that became due again, since their grain could not be reached or refused.");
        _waited = meter.CreateHistogram("meta_collector_feed_queue_duration_seconds", "s",
            "Time from a namespace becoming due to the taking of its batch, in seconds.", advice: Seconds);
        _worked = meter.CreateHistogram("meta_collector_feed_work_duration_seconds", "s",
            "Time from the taking of a batch to its receipt, in seconds.", advice: Seconds);
        _batches = meter.CreateCounter<long>("meta_collector_feed_batches",
            description: "Batches sent to the grains of namespaces, by result (success, error).");
        _errors = meter.CreateCounter<long>("meta_collector_feed_errors",
            description: "Batches that did not reach the grain of their namespace, or were refused.");
        _changes = meter.CreateCounter<long>("meta_collector_feed_changes",
            description: "Changes sent in batches to the grains of namespaces, snapshots included.");
        _merges = meter.CreateCounter<long>("meta_collector_feed_merges",
            description: "Changes of an object that was already due, so that only the newest state was sent.");
        _adds.Add(0);
        _retries.Add(0);
        _batches.Add(0, Success);
        _batches.Add(0, Error);
        _errors.Add(0);
        _changes.Add(0);
        _merges.Add(0);
    }

    private static InstrumentAdvice<double> Seconds { get; } = new()
    {
        HistogramBucketBoundaries = [0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    };

    public long Now => _time.GetTimestamp();

    /// <summary>A namespace became due.</summary>
    public void Due() => _adds.Add(1);

    /// <summary>An object changed that was due already.</summary>
    public void Merged() => _merges.Add(1);

    /// <summary>The batch of a namespace was taken.</summary>
    /// <param name="dueSince">When the namespace became due, by <see cref="Now"/>.</param>
    /// <param name="changes">How many changes are in it.</param>
    public void Taken(long dueSince, int changes)
    {
        _waited.Record(_time.GetElapsedTime(dueSince).TotalSeconds);
        _changes.Add(changes);
    }

    /// <summary>A batch was answered, or the answer did not come.</summary>
    /// <param name="takenAt">When it was taken, by <see cref="Now"/>.</param>
    /// <param name="isRetried">Whether it is due again.</param>
    public void Answered(long takenAt, bool isRetried)
    {
        _worked.Record(_time.GetElapsedTime(takenAt).TotalSeconds);
        _batches.Add(1, isRetried ? Error : Success);
        if (!isRetried) return;
        _errors.Add(1);
        _retries.Add(1);
    }
}
