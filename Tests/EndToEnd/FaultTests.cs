using MetaCollector.Simulator;
using MetaCollector.Simulator.Resources;
using MetaCollector.Testing.Oracle;
using MetaCollector.Testing.Processes;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.EndToEnd;

/// <summary>
/// Whatever happens between the API server and the collector: in the end every subscriber holds what the oracle says, and its log
/// kept every promise on the way. Over real sockets, with changes going on.
/// </summary>
public sealed class FaultTests
{
    private static readonly string[] Nodes = ["node-0", "node-1", "node-2"];

    [Fact]
    public Task Watches_CutAgainAndAgain_LoseNothing() => ConvergeAsync(async cluster =>
    {
        for (var round = 0; round < 5; round++)
        {
            cluster.Simulator.Faults.CutWatches();
            await cluster.ChangeAsync(20);
        }
    });

    [Fact]
    public Task Watches_Frozen_AreGivenUpAndReadAgain() => ConvergeAsync(
        async cluster =>
        {
            cluster.Simulator.Faults.FreezeWatches();
            await cluster.ChangeAsync(20);
        },
        "--watch-idle-timeout", "3s");

    [Fact]
    public Task Watches_ToldThatTheirVersionIsGone_ListAgainAndSendTheDeletesOfMeanwhile() => ConvergeAsync(async cluster =>
    {
        cluster.Simulator.Faults.Delay(TimeSpan.FromSeconds(1), "pods", "list");
        cluster.Simulator.Faults.ExpireWatches();
        foreach (var pod in cluster.Simulator.Objects.List(ResourceTypes.Pods).Take(10)) cluster.Simulator.Objects.Delete(pod);
        await cluster.ChangeAsync(10);
    });

    [Fact]
    public Task Watches_RefusedAsTooOldAtTheirStart_ListAgain() => ConvergeAsync(async cluster =>
    {
        cluster.Simulator.Faults.ExpireNextWatches("pods");
        cluster.Simulator.Faults.ExpireNextWatches("services");
        cluster.Simulator.Faults.CutWatches();
        await cluster.ChangeAsync(20);
    });

    [Fact]
    public Task ApiServer_BackWithAnOlderState_TakesBackWhatWasSent() => ConvergeAsync(
        async cluster =>
        {
            var older = cluster.Simulator.Objects.Snapshot();
            await cluster.ChangeAsync(40);
            await cluster.ConvergedAsync();
            await cluster.Simulator.RestartAsync(TimeSpan.FromSeconds(1), older);
        },
        "--watch-idle-timeout", "3s");

    [Fact]
    public Task ApiServer_BackWithANewerState_SendsWhatHappenedUpToIt() => ConvergeAsync(
        async cluster =>
        {
            var older = cluster.Simulator.Objects.Snapshot();
            await cluster.ChangeAsync(40);
            var newer = cluster.Simulator.Objects.Snapshot();
            await cluster.Simulator.RestartAsync(TimeSpan.Zero, older);
            await cluster.ConvergedAsync();
            await cluster.Simulator.RestartAsync(TimeSpan.FromSeconds(1), newer);
        },
        "--watch-idle-timeout", "3s");

    [Fact]
    public async Task WallClock_MovedByHoursBothWays_ChangesNothing()
    {
        var library = WallClock.Find();
        Assert.SkipWhen(library is null, $"needs libfaketime, in Debian the package faketime: {WallClock.Pattern}");
        using var clock = new WallClock(library!);
        await using var cluster = await StartAsync(new SimulatorOptions { BookmarkInterval = TimeSpan.FromSeconds(1) }, ["--watch-idle-timeout", "30s"], clock);
        await cluster.ConvergedAsync();
        foreach (var hours in (int[])[5, 0, 12, 1])
        {
            await clock.MoveAsync(hours, cluster.Collector);
            cluster.Simulator.Faults.CutWatches();
            await cluster.ChangeAsync(20);
            await cluster.ConvergedAsync();
        }

        cluster.AssertNoFaults();
        cluster.AssertAllOpen();
    }

    [Fact]
    public Task ApiServer_AwayWhileObjectsChange_SendsTheDifferenceWhenItIsBack() => ConvergeAsync(async cluster =>
    {
        await cluster.Simulator.StopAsync();
        foreach (var pod in cluster.Simulator.Objects.List(ResourceTypes.Pods).Take(10)) cluster.Simulator.Objects.Delete(pod);
        await cluster.ChangeAsync(30);
        await cluster.Simulator.ResumeAsync();
    });

    [Fact]
    public Task ApiServer_Overloaded_IsAskedAgainUntilItAnswers() => ConvergeAsync(async cluster =>
    {
        cluster.Simulator.Faults.Answer(429, times: 15, retryAfterSeconds: 1);
        cluster.Simulator.Faults.Answer(500, times: 10);
        cluster.Simulator.Faults.CutWatches();
        await cluster.ChangeAsync(20);
    });

    [Fact]
    public async Task PagedLists_WithPagesThatChangeUnderTheReader_AreReadWhole()
    {
        await using var cluster = await StartAsync(new SimulatorOptions { StreamingLists = StreamingLists.Refused });
        var shifted = 0;
        cluster.Simulator.Faults.BetweenPages("pods", () =>
        {
            if (Interlocked.Increment(ref shifted) > 5) return;
            cluster.Simulator.Objects.Delete(cluster.Simulator.Objects.List(ResourceTypes.Pods)[0]);
        });
        cluster.Simulator.Faults.ExpireWatches();
        await cluster.ChangeAsync(20);
        await cluster.ConvergedAsync();
        cluster.AssertNoFaults();
    }

    private static async Task ConvergeAsync(Func<FaultCluster, Task> disturb, params string[] flags)
    {
        await using var cluster = await StartAsync(new SimulatorOptions { BookmarkInterval = TimeSpan.FromSeconds(1) }, flags);
        await cluster.ConvergedAsync();
        await disturb(cluster);
        await cluster.ConvergedAsync();
        cluster.AssertNoFaults();
    }

    private static async Task<FaultCluster> StartAsync(SimulatorOptions options, string[]? flags = null, WallClock? clock = null) =>
        new(await EndToEndCluster.StartSimulatedAsync(
            clock?.Environment, options with { Https = true }, simulator => simulator.Clusters.Generate(Nodes.Length, 15, namespaces: 3), flags ?? []));

    /// <summary>A collector, a subscriber for each node, and the oracle.</summary>
    private sealed class FaultCluster : IAsyncDisposable
    {
        private readonly EndToEndCluster _cluster;
        private readonly Dictionary<string, Subscriber> _subscribers;
        private int _seed;

        public FaultCluster(EndToEndCluster cluster)
        {
            _cluster = cluster;
            _subscribers = Nodes.ToDictionary(node => node, node => cluster.Subscribe(node));
        }

        public ApiServerSimulator Simulator => _cluster.Simulator;

        public CollectorProcess Collector => _cluster.Collector;

        /// <summary>Makes some changes of every sort.</summary>
        public async Task ChangeAsync(int changes)
        {
            var made = 0;
            var enough = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using (Simulator.StartChurn(200, seed: ++_seed, changed: _ =>
            {
                if (Interlocked.Increment(ref made) >= changes) enough.TrySetResult();
            }))
            {
                await enough.Task.WaitAsync(TimeSpan.FromSeconds(30));
            }
        }

        /// <summary>Waits until every subscriber holds what the oracle says.</summary>
        public async Task ConvergedAsync()
        {
            var oracle = Comparison.OracleOf(Simulator);
            foreach (var (node, subscriber) in _subscribers)
            {
                var expected = oracle.LinesFor(node);
                await subscriber.Log.UntilAsync(log => log.Holds(expected), $"{node} holds\n{string.Join('\n', expected.Values)}");
            }
        }

        public void AssertNoFaults() => Assert.All(_subscribers.Values, subscriber => Assert.Empty(subscriber.Log.Faults));

        public void AssertAllOpen() => Assert.All(_subscribers.Values, subscriber => Assert.Null(subscriber.Client.Ended));

        public async ValueTask DisposeAsync()
        {
            foreach (var subscriber in _subscribers.Values) await subscriber.DisposeAsync();
            await _cluster.DisposeAsync();
        }
    }
}
