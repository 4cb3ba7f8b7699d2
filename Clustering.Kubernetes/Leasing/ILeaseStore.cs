namespace MetaCollector.Clustering.Kubernetes.Leasing;

/// <summary>
/// One Lease. Each method throws where there is no answer in time, and then a write may have happened or not. Thread-safe.
/// </summary>
internal interface ILeaseStore
{
    /// <summary>The Lease as it is now; null where there is none.</summary>
    Task<LeaseRecord?> ReadAsync(CancellationToken cancellation);

    /// <summary>Creates it; null where there is one.</summary>
    Task<LeaseRecord?> TryCreateAsync(LeaseRecord record, CancellationToken cancellation);

    /// <summary>Replaces what <paramref name="record"/>'s metadata was read from; null where that has changed or is gone.</summary>
    Task<LeaseRecord?> TryReplaceAsync(LeaseRecord record, CancellationToken cancellation);
}
