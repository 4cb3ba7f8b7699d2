namespace MetaCollector.Clustering.Kubernetes.Leasing;

/// <summary>
/// One Lease. A method throws when no answer comes in time; a write may then have happened or not. Thread-safe.
/// </summary>
internal interface ILeaseStore
{
    /// <summary>The Lease as it is now; null where there is none.</summary>
    Task<LeaseRecord?> ReadAsync(CancellationToken cancellation);

    /// <summary>Creates it; null where there is one.</summary>
    Task<LeaseRecord?> TryCreateAsync(LeaseRecord record, CancellationToken cancellation);

    /// <summary>Replaces the Lease; null where it has changed since <paramref name="record"/>'s metadata was read, or is gone.</summary>
    Task<LeaseRecord?> TryReplaceAsync(LeaseRecord record, CancellationToken cancellation);
}
