using System.Diagnostics.Metrics;

namespace MetaCollector.Clustering.Kubernetes.Leasing;

/// <summary>The metrics of electors, in the meter <see cref="ClusteringMeter.Name"/>. Thread-safe.</summary>
public sealed class LeaseInstruments
{
    private readonly Counter<long> _transitions;
    private readonly Counter<long> _errors;

    /// <summary>The instruments of one process.</summary>
    /// <param name="meters">Makes the meter.</param>
    public LeaseInstruments(IMeterFactory meters)
    {
        var meter = meters.Create(ClusteringMeter.Name);
        _transitions = meter.CreateCounter<long>(
            "meta_collector_leadership_transitions", description: "Leaderships of this replica, by type: acquired, lost to another, released.");
        _errors = meter.CreateCounter<long>(
            "meta_collector_leadership_lease_errors", description: "Attempts on the Lease that failed, by type: renew by the leader, acquire (read or take) by a candidate.");
        // Each series starts at 0, so that Prometheus sees the first event as an increase.
        foreach (var type in (string[])["acquired", "lost", "released"]) _transitions.Add(0, new KeyValuePair<string, object?>("type", type));
        foreach (var type in (string[])["renew", "acquire"]) _errors.Add(0, new KeyValuePair<string, object?>("type", type));
    }

    internal void Acquired() => _transitions.Add(1, new KeyValuePair<string, object?>("type", "acquired"));

    internal void Ended(bool lost) => _transitions.Add(1, new KeyValuePair<string, object?>("type", lost ? "lost" : "released"));

    internal void RenewalFailed() => _errors.Add(1, new KeyValuePair<string, object?>("type", "renew"));

    internal void CandidateFailed() => _errors.Add(1, new KeyValuePair<string, object?>("type", "acquire"));
}
