using Grpc.Core;
using MetaCollector.Simulator.Objects;
using MetaCollector.Simulator.Resources;
using MetaCollector.Testing.Oracle;
using MetaCollector.Testing.Streams;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.EndToEnd;

/// <summary>Subscribers of the real program that are many, or do not read.</summary>
public sealed class CrowdTests
{
    private const string Node = "node-0";
    private const int Pods = 60;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Watch_TwoHundredOnOneNode_AllAreSentEverythingAndEachChange()
    {
        const int Readers = 200;
        await using var cluster = await EndToEndCluster.StartSimulatedAsync(prepare: simulator => simulator.Clusters.Generate(2, 20, namespaces: 2));
        var subscribers = Enumerable.Range(0, Readers).Select(_ => cluster.Subscribe(Node)).ToList();
        try
        {
            var pod = cluster.Simulator.Objects.List(ResourceTypes.Pods).First(pod => pod.NodeName == Node);
            foreach (var subscriber in subscribers) await subscriber.Log.UntilAsync(log => log.Held.ContainsKey(pod.Uid), "the pod");
            cluster.Simulator.Objects.Change(pod, current => current.Labelled(("round", "two")));
            foreach (var subscriber in subscribers)
                await subscriber.Log.UntilAsync(log => log.Held[pod.Uid].Meta.Contains("\"round\":\"two\"", StringComparison.Ordinal), "the change");

            var first = Lines(subscribers[0].Log);
            Assert.True(first.Count > 20);
            foreach (var subscriber in subscribers) await subscriber.Log.UntilAsync(log => Lines(log).SequenceEqual(first), "what the first one holds");
            Assert.All(subscribers, subscriber => Assert.Empty(subscriber.Log.Faults));
        }
        finally
        {
            await Task.WhenAll(subscribers.Select(subscriber => subscriber.DisposeAsync().AsTask()));
        }
    }

    [Fact]
    public async Task Watch_NotReadForLongerThanTheLimit_IsEndedWithAbortedAndNoOtherIs()
    {
        await using var cluster = await StartWithLargePodsAsync("--stuck-stream-limit", "2s");
        await using var reader = cluster.Subscribe(Node);
        await reader.Log.UntilAsync(log => log.Held.Count > Pods, "everything");
        await using var stuck = new StreamClient(cluster.Collector.Broker, Node, onEvent: (client, _) =>
        {
            if (client.Events == 1) client.Pause();
        });

        await Eventually.HoldsAsync(
            async () => (await cluster.Collector.MetricsAsync(TestContext.Current.CancellationToken)).Split('\n').Any(
                line => line.StartsWith("meta_collector_gateway_streams_ended_total{", StringComparison.Ordinal) && line.EndsWith("""cause="stuck"} 1""", StringComparison.Ordinal)),
            "the stuck stream is ended");
        stuck.Resume();
        await Assert.ThrowsAsync<InvalidOperationException>(() => stuck.Complete.WaitAsync(Patience));
        Assert.Equal(StatusCode.Aborted, stuck.Ended!.Value.StatusCode);
        Assert.Null(reader.Client.Ended);
        Assert.Empty(reader.Log.Faults);
    }

    [Fact]
    public async Task Watch_NotReadForAWhile_DelaysNobodyAndCatchesUpWithALegalLog()
    {
        const int Rounds = 10;
        await using var cluster = await StartWithLargePodsAsync();
        await using var reader = cluster.Subscribe(Node);
        await reader.Log.UntilAsync(log => log.Held.Count > Pods, "everything");
        var log = new StreamLog(StreamClient.DefaultKinds);
        await using var stuck = new StreamClient(cluster.Collector.Broker, Node, onEvent: (client, received) =>
        {
            if (log.Count == 0) client.Pause();
            log.Add(received);
        });
        await log.UntilAsync(one => one.Count == 1, "the first event");

        for (var round = 1; round <= Rounds; round++)
        {
            foreach (var pod in cluster.Simulator.Objects.List(ResourceTypes.Pods)) cluster.Simulator.Objects.Change(pod, current => Enlarge(current, round));
            await reader.Log.UntilAsync(one => one.Held.Values.Where(held => held.Kind == "Pod").All(
                held => held.Meta.Contains($"\"round\":\"{round}\"", StringComparison.Ordinal)), $"round {round}");
        }

        var deleted = cluster.Simulator.Objects.List(ResourceTypes.Pods).First(pod => pod.NodeName == Node);
        cluster.Simulator.Objects.Delete(deleted);
        await reader.Log.UntilAsync(one => !one.Held.ContainsKey(deleted.Uid), "the delete");
        stuck.Resume();
        await log.UntilAsync(one => Lines(one).SequenceEqual(Lines(reader.Log)), "what the reader holds");

        Assert.Empty(log.Faults);
        Assert.Empty(reader.Log.Faults);
        // Without merging it would have been sent each round of each pod.
        Assert.InRange(log.Count, Pods - 1, Pods * Rounds / 2);
    }

    private static Task<EndToEndCluster> StartWithLargePodsAsync(params string[] flags) => EndToEndCluster.StartSimulatedAsync(
        prepare: simulator =>
        {
            simulator.Clusters.Generate(1, Pods, namespaces: 1);
            foreach (var pod in simulator.Objects.List(ResourceTypes.Pods)) simulator.Objects.Change(pod, current => Enlarge(current, 0));
        },
        flags: flags);

    // All pods together are several times what a connection takes in by itself.
    private static KubernetesObject Enlarge(KubernetesObject pod, int round) =>
        pod.Labelled([.. Enumerable.Range(0, 150).Select(i => ($"filler-{i}", new string('x', 60))), ("round", $"{round}")]);

    private static List<string> Lines(StreamLog log) => [.. log.Held.Values.Select(held => Expected.Of(held).ToString()).Order(StringComparer.Ordinal)];
}
