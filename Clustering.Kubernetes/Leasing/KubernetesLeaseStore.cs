using System.Net;
using k8s;
using k8s.Autorest;
using k8s.Models;
using MetaCollector.Clustering.Kubernetes.Api;

namespace MetaCollector.Clustering.Kubernetes.Leasing;

/// <summary>A Lease of <c>coordination.k8s.io/v1</c>. Thread-safe.</summary>
internal sealed class KubernetesLeaseStore(ApiConnection api, string @namespace, string name, TimeSpan duration) : ILeaseStore
{
    public async Task<LeaseRecord?> ReadAsync(CancellationToken cancellation)
    {
        try
        {
            return Record(await api.CallAsync(
                (client, token) => client.CoordinationV1.ReadNamespacedLeaseAsync(name, @namespace, cancellationToken: token), cancellation));
        }
        catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    public async Task<LeaseRecord?> TryCreateAsync(LeaseRecord record, CancellationToken cancellation)
    {
        try
        {
            var lease = Lease(record, new V1ObjectMeta { Name = name, NamespaceProperty = @namespace });
            return Record(await api.CallAsync(
                (client, token) => client.CoordinationV1.CreateNamespacedLeaseAsync(lease, @namespace, cancellationToken: token), cancellation));
        }
        catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.Conflict)
        {
            return null;
        }
    }

    public async Task<LeaseRecord?> TryReplaceAsync(LeaseRecord record, CancellationToken cancellation)
    {
        try
        {
            var lease = Lease(record, record.Metadata ?? throw new ArgumentException("was not read", nameof(record)));
            return Record(await api.CallAsync(
                (client, token) => client.CoordinationV1.ReplaceNamespacedLeaseAsync(lease, name, @namespace, cancellationToken: token), cancellation));
        }
        catch (HttpOperationException e) when (e.Response.StatusCode is HttpStatusCode.Conflict or HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    private static LeaseRecord Record(V1Lease lease) =>
        new(lease.Spec?.HolderIdentity ?? "", lease.Spec?.LeaseTransitions ?? 0, lease.Spec?.AcquireTime, lease.Spec?.RenewTime) { Metadata = lease.Metadata };

    private V1Lease Lease(LeaseRecord record, V1ObjectMeta metadata) => new()
    {
        ApiVersion = "coordination.k8s.io/v1",
        Kind = "Lease",
        Metadata = metadata,
        Spec = new V1LeaseSpec
        {
            HolderIdentity = record.Holder,
            LeaseTransitions = (int)record.Transitions,
            // At least 1: that is what the API server wants, whatever a test configures.
            LeaseDurationSeconds = Math.Max(1, (int)duration.TotalSeconds),
            AcquireTime = record.AcquireTime,
            RenewTime = record.RenewTime,
        },
    };
}
