using MetaCollector.Conversation.Diagnostics;
using MetaCollector.Conversation.Sending;
using MetaCollector.Silo.Metrics;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Monitoring;

/// <summary>Alerts about what goes wrong inside a replica, each raised by its fault and resolved by its end. The first word of a test is the alert's name.</summary>
public sealed class InsideAlertTests
{
    [Fact]
    public async Task LeaseErrors_LeaseForbidden_FiresUntilItIsAllowed()
    {
        await using var cluster = await MonitoredCluster.StartAsync(null, MonitoredCluster.Defaults);
        cluster.Simulator.Access.Forbid("get", "leases");
        cluster.Simulator.Access.Forbid("update", "leases");
        await cluster.FiresAsync("LeaseErrors");
        cluster.Simulator.Access.Allow("get", "leases");
        cluster.Simulator.Access.Allow("update", "leases");
        await cluster.ResolvesAsync("LeaseErrors");
    }

    [Fact]
    public async Task MembershipErrors_ConfigMapForbidden_FiresUntilItIsAllowed()
    {
        await using var cluster = await MonitoredCluster.StartAsync(null, MonitoredCluster.Defaults, MonitoredCluster.Defaults);
        foreach (var verb in (string[])["get", "update"]) cluster.Simulator.Access.Forbid(verb, "configmaps");
        // Whoever notices a death has it to write down, and tries again and again.
        await cluster.KillAsync(cluster.Replicas[1]);
        await cluster.FiresAsync("MembershipErrors");
        foreach (var verb in (string[])["get", "update"]) cluster.Simulator.Access.Allow(verb, "configmaps");
        await cluster.ResolvesAsync("MembershipErrors");
    }

    // Nobody knows what would bring one about in a replica, or it would be mended: this process has a loop of the product that fails, and is scraped.
    [Fact]
    public async Task Exceptions_LoopThatFailsAgainAndAgain_FiresUntilItIsStopped()
    {
        await using var cluster = await MonitoredCluster.StartAsync(null, MonitoredCluster.Defaults);
        using var exporter = new PrometheusExporter(hasControllerNames: false);
        var pump = new FailingPump(new FaultsSeen().Faults);
        await using var served = new ServedMetrics(exporter.Scrape);
        await cluster.Prometheus.AddAsync("other", served.Address);
        pump.Kick();
        await cluster.FiresAsync("Exceptions");
        pump.Stop();
        await cluster.ResolvesAsync("Exceptions");
    }

    [Fact]
    public async Task MemoryHigh_HeapNearTheMark_FiresUntilTheReplicaIsReplaced()
    {
        await using var cluster = await MonitoredCluster.StartAsync(null);
        // A heap of 256 MiB, of which a mark of one percent is less than any replica holds.
        var small = await cluster.AddUnreadyAsync(["--memory-high-water", "1"], new Dictionary<string, string> { ["DOTNET_GCHeapHardLimit"] = "0x10000000" });
        await Eventually.HoldsAsync(() => !small.Process.HasExited, "it runs");
        await cluster.FiresAsync("MemoryHigh");
        await cluster.AddAsync();
        await cluster.KillAsync(small);
        await cluster.ResolvesAsync("MemoryHigh");
    }

    private sealed class FailingPump(Faults faults) : Pump(TimeProvider.System, faults)
    {
        protected override string Consumer => "a consumer";

        protected override Task<Outcome> SendAsync() => throw new InvalidOperationException("not expected");
    }
}
