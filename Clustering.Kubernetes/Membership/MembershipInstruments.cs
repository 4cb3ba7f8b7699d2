using System.Diagnostics.Metrics;

namespace MetaCollector.Clustering.Kubernetes.Membership;

/// <summary>The metrics of the membership table, in the meter <see cref="ClusteringMeter.Name"/>. Thread-safe.</summary>
internal sealed class MembershipInstruments
{
    private readonly Counter<long> _errors;
    private readonly Counter<long> _repairs;

    public MembershipInstruments(IMeterFactory meters)
    {
        var meter = meters.Create(ClusteringMeter.Name);
        _errors = meter.CreateCounter<long>("meta_collector_membership_errors",
            description: "Accesses to the membership table that failed, by operation (read, write). Orleans tries again.");
        _repairs = meter.CreateCounter<long>("meta_collector_membership_repairs",
            description: "Times that this replica put a table together again that was deleted or edited.");
        // Each series starts at 0, so that Prometheus sees the first event as an increase.
        foreach (var operation in (string[])["read", "write"]) _errors.Add(0, new KeyValuePair<string, object?>("operation", operation));
        _repairs.Add(0);
    }

    public void Failed(string operation) => _errors.Add(1, new KeyValuePair<string, object?>("operation", operation));

    public void Repaired() => _repairs.Add(1);
}
