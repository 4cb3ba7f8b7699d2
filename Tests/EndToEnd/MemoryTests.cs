using System.Globalization;
using Grpc.Core;
using MetaCollector.Simulator.Resources;
using MetaCollector.Testing.Streams;
using MetaCollector.Tests.Support;
using Xunit;
using static MetaCollector.Simulator.Objects.Kube;

namespace MetaCollector.Tests.EndToEnd;

/// <summary>A collector whose heap has a limit, as in a container, and a cluster that outgrows it.</summary>
public sealed class MemoryTests
{
    private const long HeapLimit = 160L << 20;
    private const int Batch = 50;
    private const int MostBatches = 80;

    // Two bytes a character: 40 kB a pod.
    private const int LabelLength = 20_000;

    [Fact]
    public async Task Heap_AboveTheMark_NewStreamsAreRefusedAndOpenOnesGoOn()
    {
        await using var cluster = await EndToEndCluster.StartSimulatedAsync(
            new Dictionary<string, string> { ["DOTNET_GCHeapHardLimit"] = HeapLimit.ToString("x", CultureInfo.InvariantCulture) }, null,
            simulator =>
            {
                simulator.Objects.Create(Namespace("shop"));
                simulator.Objects.Create(Pod("web").In("shop").On("node-a"));
            },
            ["--memory-high-water", "70"]);
        await using var open = cluster.Subscribe("node-a");
        await open.Log.UntilAsync(log => log.Held.Count == 2, "the node's resources");
        Assert.Null(await RefusalAsync(cluster));

        Status? refusal = null;
        for (var batch = 0; refusal is null && batch < MostBatches; batch++)
        {
            for (var i = 0; i < Batch; i++)
                cluster.Simulator.Objects.Create(Pod($"large-{batch}-{i}").In("shop").On("node-b").Labelled(("large", $"{batch}-{i}".PadLeft(LabelLength))));
            await ChangeAsync(cluster, open, batch);
            refusal = await RefusalAsync(cluster);
        }

        Assert.Equal(StatusCode.Unavailable, refusal?.StatusCode);
        Assert.Contains("--memory-high-water", refusal?.Detail, StringComparison.Ordinal);
        Assert.Contains(
            "meta_collector_gateway_streams_refused_total{cause=\"memory_low\"} 1\n", await cluster.Collector.MetricsAsync(CancellationToken.None), StringComparison.Ordinal);
        await ChangeAsync(cluster, open, MostBatches);
        Assert.Null(open.Client.Ended);
        Assert.Empty(open.Log.Faults);
    }

    // What a new stream is told, or null where it is served.
    private static async Task<Status?> RefusalAsync(EndToEndCluster cluster)
    {
        await using var client = new StreamClient(cluster.Collector.Broker, "node-a", expected: 2);
        await Task.WhenAny(client.Closed, client.Complete).WaitAsync(TimeSpan.FromSeconds(60));
        return client.Ended;
    }

    private static async Task ChangeAsync(EndToEndCluster cluster, Subscriber open, int number)
    {
        var pod = cluster.Simulator.Objects.List(ResourceTypes.Pods).First(pod => pod.NodeName == "node-a");
        cluster.Simulator.Objects.Change(pod, current => current.Labelled(("round", $"{number}")));
        await open.Log.UntilAsync(log => log.Held[pod.Uid].Meta.Contains($"\"round\":\"{number}\"", StringComparison.Ordinal), "the change");
    }
}
