using MetaCollector.Conversation.Leadership;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace MetaCollector.Silo.Probes;

/// <summary>What gRPC health checking on the broker's port says of this replica: as with /readyz, healthy once it has seen a synced term, but while the leader is refused Pods or Namespaces.</summary>
internal sealed class SyncedCheck(LeaderDirectory directory) : IHealthCheck
{
    private volatile bool _hasSynced;

    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var leader = directory.Leader;
        _hasSynced |= leader is { IsSynced: true };
        var trouble = leader?.Blindness ?? (_hasSynced ? null : "no leader has read everything yet");
        return Task.FromResult(trouble is null ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy(trouble));
    }
}
