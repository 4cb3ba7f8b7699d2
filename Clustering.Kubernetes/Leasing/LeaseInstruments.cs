using System.Diagnostics.Metrics;

namespace MetaCollector.Clustering.Kubernetes.Leasing;

/// <summary>What electors count, in the meter <see cref="MeterName"/>. Thread-safe.</summary>
public sealed class LeaseInstruments
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "MetaCollector.Leadership";

    private readonly Counter<long> _transitions;
    private readonly Counter<long> _errors;
    private long _leads;
    private long _term;

    /// <summary>The instruments of one process.</summary>
    /// <param name="meters">Makes the meter.</param>
    public LeaseInstruments(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        meter.CreateObservableGauge(
            "meta_collector_leadership_is_leader", () => Interlocked.Read(ref _leads), description: "1 where this replica leads, else 0.");
        meter.CreateObservableGauge(
            "meta_collector_leadership_term", () => Interlocked.Read(ref _term), description: "The last term won by this replica; 0 where it never led.");
        _transitions = meter.CreateCounter<long>(
            "meta_collector_leadership_transitions", description: "Leaderships acquired, lost to another replica, and released.");
        _errors = meter.CreateCounter<long>(
            "meta_collector_leadership_lease_errors", description: "Attempts to renew, or as a candidate to read or take, the Lease that failed.");
    }

    internal void Acquired(long term)
    {
        Interlocked.Exchange(ref _term, term);
        Interlocked.Exchange(ref _leads, 1);
        _transitions.Add(1, new KeyValuePair<string, object?>("type", "acquired"));
    }

    internal void Ended(long term, bool lost)
    {
        // A newer leadership may have begun.
        if (Interlocked.Read(ref _term) == term) Interlocked.Exchange(ref _leads, 0);
        _transitions.Add(1, new KeyValuePair<string, object?>("type", lost ? "lost" : "released"));
    }

    internal void RenewalFailed() => _errors.Add(1, new KeyValuePair<string, object?>("type", "renew"));

    internal void CandidateFailed() => _errors.Add(1, new KeyValuePair<string, object?>("type", "acquire"));
}
