using System.Globalization;
using System.Text.Json.Nodes;
using MetaCollector.ApiServer.Requests;

namespace MetaCollector.Clustering.Kubernetes.Leasing;

/// <summary>A Lease of <c>coordination.k8s.io/v1</c>. Thread-safe.</summary>
internal sealed class KubernetesLeaseStore(ApiConnection api, LeaseElectorOptions options) : ILeaseStore
{
    // Kubernetes writes six digits, always.
    private const string MicroTime = "yyyy-MM-ddTHH:mm:ss.ffffffZ";

    private readonly NamespacedObject _lease = new(api, "apis/coordination.k8s.io/v1", "leases", options.Namespace, options.Name, options.Labels);

    public async Task<LeaseRecord?> ReadAsync(CancellationToken cancellation) =>
        await _lease.ReadAsync(cancellation) is { } lease ? Record(lease) : null;

    public async Task<LeaseRecord?> TryCreateAsync(LeaseRecord record, CancellationToken cancellation) =>
        await _lease.TryCreateAsync(Lease(record, new JsonObject()), cancellation) is { } created ? Record(created) : null;

    public async Task<LeaseRecord?> TryReplaceAsync(LeaseRecord record, CancellationToken cancellation)
    {
        var metadata = record.Metadata ?? throw new ArgumentException("was not read", nameof(record));
        return await _lease.TryReplaceAsync(Lease(record, metadata.DeepClone().AsObject()), cancellation) is { } replaced ? Record(replaced) : null;
    }

    private static LeaseRecord Record(JsonObject lease)
    {
        var spec = lease["spec"];
        return new(
            (string?)spec?["holderIdentity"] ?? "", (long?)spec?["leaseTransitions"] ?? 0,
            LeaseRecord.Time(spec?["acquireTime"]), LeaseRecord.Time(spec?["renewTime"]))
        {
            Metadata = lease["metadata"]?.DeepClone().AsObject(),
        };
    }

    private JsonObject Lease(LeaseRecord record, JsonObject metadata) => new()
    {
        ["apiVersion"] = "coordination.k8s.io/v1",
        ["kind"] = "Lease",
        ["metadata"] = metadata,
        ["spec"] = new JsonObject
        {
            ["holderIdentity"] = record.Holder,
            ["leaseTransitions"] = record.Transitions,
            // The API server requires at least 1.
            ["leaseDurationSeconds"] = Math.Max(1, (int)options.LeaseDuration.TotalSeconds),
            ["acquireTime"] = Text(record.AcquireTime),
            ["renewTime"] = Text(record.RenewTime),
        },
    };

    private static string? Text(DateTime? time) => time?.ToUniversalTime().ToString(MicroTime, CultureInfo.InvariantCulture);
}
