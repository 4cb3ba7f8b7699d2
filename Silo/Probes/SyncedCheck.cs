using MetaCollector.Conversation.Leadership;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace MetaCollector.Silo.Probes;

/// <summary>
/// The state for gRPC health checking on the broker's port, as for /readyz: healthy once this silo has seen a leader in sync, except while the API server
/// refuses the leader Pods or Namespaces.
/// </summary>
internal sealed class SyncedCheck(LeaderDirectory directory) : IHealthCheck
{
    private volatile bool _hasSynced;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var leader = directory.Leader;
        _hasSynced |= leader is { IsSynced: true };
        var trouble = leader?.Blindness ?? (_hasSynced ? null : "no leader has read everything yet");
        return Task.FromResult(trouble is null ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy(trouble));
    }
}
