using Xunit;

namespace MetaCollector.Tests.Monitoring;

/// <summary>Alerts about streams, each raised by its fault and resolved by its end. The first word of a test is the alert's name.</summary>
public sealed class StreamAlertTests
{
    [Fact]
    public async Task NodeWithoutStream_NoFalcoThere_FiresUntilOneComes()
    {
        await using var cluster = await MonitoredCluster.StartAsync(null, MonitoredCluster.Defaults);
        foreach (var node in (string[])[MonitoredCluster.QuietNode, MonitoredCluster.LargeNode, MonitoredCluster.BusyNode]) cluster.Subscribe(cluster.Replicas[0], node);
        await cluster.FiresAsync("NodeWithoutStream");
        cluster.Subscribe(cluster.Replicas[0], MonitoredCluster.LonelyNode);
        await cluster.ResolvesAsync("NodeWithoutStream");
    }

    [Fact]
    public async Task NodeWithoutStream_NodesThatAreToHaveNone_DoNotCount()
    {
        await using var cluster = await MonitoredCluster.StartAsync(null, ["--nodes-without-falco", "node-[0-2],*-3"]);
        foreach (var node in (string[])[MonitoredCluster.QuietNode, MonitoredCluster.LargeNode, MonitoredCluster.BusyNode]) cluster.Subscribe(cluster.Replicas[0], node);
        await cluster.Prometheus.UntilDataAsync("meta_collector_grains_nodes{state=\"without_falco\"} == 1");
        await cluster.Prometheus.UntilDataAsync("meta_collector_grains_nodes{state=\"unserved\"} == 0");
        await cluster.ResolvesAsync("NodeWithoutStream");
    }

    [Fact]
    public async Task StreamsShed_SubscriberThatReadsNothing_FiresUntilItIsGone()
    {
        await using var cluster = await MonitoredCluster.StartAsync(null, ["--stuck-stream-limit", "2s"]);
        var stuck = cluster.SubscribeStuck(cluster.Replicas[0]);
        await cluster.FiresAsync("StreamsShed");
        await cluster.EndAsync(stuck);
        await cluster.ResolvesAsync("StreamsShed");
    }

    [Fact]
    public async Task StreamBehind_SubscriberThatReadsNothing_FiresUntilItIsGone()
    {
        await using var cluster = await MonitoredCluster.StartAsync(null, MonitoredCluster.Defaults);
        var stuck = cluster.SubscribeStuck(cluster.Replicas[0]);
        await cluster.FiresAsync("StreamBehind");
        await cluster.EndAsync(stuck);
        await cluster.ResolvesAsync("StreamBehind");
    }

    [Fact]
    public async Task DelayHigh_MoreChangesThanMayBeSent_FiresUntilTheStreamEnds()
    {
        await using var cluster = await MonitoredCluster.StartAsync(null, ["--events-per-second", "1"]);
        var slow = cluster.Subscribe(cluster.Replicas[0], MonitoredCluster.BusyNode);
        cluster.Change();
        await cluster.FiresAsync("DelayHigh");
        await cluster.EndAsync(slow);
        await cluster.ResolvesAsync("DelayHigh");
    }
}
