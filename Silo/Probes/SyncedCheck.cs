using MetaCollector.Grains.Interfaces.Leadership;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace MetaCollector.Silo.Probes;

/// <summary>What gRPC health checking on the broker's port says of this replica: as with /readyz, healthy once it has seen a synced term.</summary>
internal sealed class SyncedCheck(LeaderDirectory directory) : IHealthCheck
{
    private volatile bool _hasSynced;

    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        _hasSynced |= directory.Leader is { IsSynced: true };
        return Task.FromResult(_hasSynced ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("no leader has read everything yet"));
    }
}
