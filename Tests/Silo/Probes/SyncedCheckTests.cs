using System.Net;
using MetaCollector.Conversation.Leadership;
using MetaCollector.Grains.Interfaces.Leadership;
using MetaCollector.Silo.Probes;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;

namespace MetaCollector.Tests.Silo.Probes;

/// <summary>What gRPC health checking says on the broker's port.</summary>
public sealed class SyncedCheckTests
{
    private static readonly SiloAddress Silo = SiloAddress.New(IPAddress.Loopback, 11111, 1);

    private readonly LeaderDirectory _directory = new();
    private readonly SyncedCheck _check;

    public SyncedCheckTests() => _check = new SyncedCheck(_directory);

    [Fact]
    public async Task Check_BeforeALeaderHasReadEverything_IsUnhealthyAndSaysSo()
    {
        Assert.Equal((HealthStatus.Unhealthy, "no leader has read everything yet"), await CheckAsync());
        _directory.Announce(new LeaderAnnouncement(1, Silo, IsSynced: false) { Number = 1 });
        Assert.Equal((HealthStatus.Unhealthy, "no leader has read everything yet"), await CheckAsync());
    }

    [Fact]
    public async Task Check_NextLeaderHasNotReadEverything_StaysHealthy()
    {
        _directory.Announce(new LeaderAnnouncement(1, Silo, IsSynced: true) { Number = 1 });
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync()).Status);
        _directory.Announce(new LeaderAnnouncement(2, Silo, IsSynced: false) { Number = 1 });
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync()).Status);
    }

    [Fact]
    public async Task Check_LeaderIsRefusedPods_IsUnhealthyWhileItIs()
    {
        _directory.Announce(new LeaderAnnouncement(1, Silo, IsSynced: true) { Number = 1 });
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync()).Status);
        _directory.Announce(new LeaderAnnouncement(1, Silo, IsSynced: true) { Number = 2, Blindness = "pods are refused" });
        Assert.Equal((HealthStatus.Unhealthy, "pods are refused"), await CheckAsync());
        _directory.Announce(new LeaderAnnouncement(1, Silo, IsSynced: true) { Number = 3 });
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync()).Status);
    }

    private async Task<(HealthStatus Status, string? Text)> CheckAsync()
    {
        var result = await _check.CheckHealthAsync(new HealthCheckContext(), TestContext.Current.CancellationToken);
        return (result.Status, result.Description);
    }
}
