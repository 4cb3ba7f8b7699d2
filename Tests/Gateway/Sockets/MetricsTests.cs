using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Gateway.Sockets;

/// <summary>Names and labels that k8s-metacollector's dashboards look for, and what is new.</summary>
public sealed class MetricsTests
{
    [Fact]
    public async Task Metrics_OneStream_CountWhatHappened()
    {
        await using var host = await GatewayHost.StartAsync();
        using var seen = new SeenMetrics(host);
        await host.Nodes.PutAsync("node-a", Things.Pod("web"));
        using (var call = host.Watch("node-a"))
        {
            await call.NextAsync();
            Assert.Equal(1, seen["meta_collector_server_subscribers"]);
            await host.Nodes.PutAsync("node-a", Things.Pod("web", "10.0.0.1"));
            await call.NextAsync();
            await host.Nodes.RemoveAsync("node-a", Things.Pod("web"));
            await call.NextAsync();
        }

        await Eventually.HoldsAsync(() => seen["meta_collector_gateway_streams_ended{cause=subscriber_gone}"] == 1);
        Assert.Equal(0, seen["meta_collector_server_subscribers"]);
        foreach (var type in new[] { "Create", "Update", "Delete" })
        {
            Assert.Equal(1, seen[$"meta_collector_broker_dispatched_events{{kind=Pod,type={type}}}"]);
            Assert.True(seen[$"meta_collector_broker_queue_adds{{name=blockingChannel,type={type}}}"] >= 1);
        }

        Assert.Equal(3, seen.Records("meta_collector_broker_queue_duration_seconds{name=blockingChannel}"));
        Assert.Equal(2, seen.Records("meta_collector_gateway_event_delay_seconds"));
        Assert.Equal(1, seen.Records("meta_collector_gateway_snapshot_seconds"));
    }
}
