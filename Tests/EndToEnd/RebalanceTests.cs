using System.Diagnostics;
using System.Globalization;
using MetaCollector.Simulator;
using MetaCollector.Testing.Chaos;
using MetaCollector.Testing.Oracle;
using MetaCollector.Testing.Processes;
using Xunit;

namespace MetaCollector.Tests.EndToEnd;

/// <summary>Streams that move to other replicas: after a scale-up, and when their replica stops. Subscribers come back at any replica, as through a Service.</summary>
public sealed class RebalanceTests : IAsyncDisposable
{
    private const int Nodes = 15;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly string _folder = Directory.CreateTempSubdirectory("metacollector-").FullName;
    private readonly List<ChaosReplica> _replicas = [];
    private readonly List<ChaosSubscriber> _subscribers = [];
    private ApiServerSimulator _simulator = null!;

    [Fact]
    public async Task Streams_ScaledFromOneToThreeThenOneStops_SpreadAndLoseNothing()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "signals need Linux");
        using var patience = new CancellationTokenSource(Patience);
        _simulator = await ApiServerSimulator.StartAsync(new SimulatorOptions(), patience.Token);
        _simulator.Clusters.Generate(Nodes, podsPerNode: 5, namespaces: 3);
        await _simulator.WriteKubeconfigAsync(Kubeconfig, patience.Token);
        await AddReplicaAsync(patience.Token);
        for (var i = 0; i < Nodes; i++) _subscribers.Add(new ChaosSubscriber($"node-{i}", Pick, (_, _) => { }));
        await UntilAllHoldWhatTheyShouldAsync(patience.Token);

        await using (_simulator.StartChurn(20))
        {
            await AddReplicaAsync(patience.Token);
            await AddReplicaAsync(patience.Token);
            // 15 streams on 3 replicas: a share and a fifth are 6.
            await UntilAsync(() => Spread() is var spread && spread.Sum() == Nodes && spread.Max() <= 6, patience.Token);
            Assert.All(Ends(), end => Assert.Matches(@"Aborted.*more streams than its share, at most \d on [23] replicas; reconnect", end));
            Assert.InRange(Ends().Length, Nodes - 6, int.MaxValue);
            await UntilAsync(async () => await RebalancedAsync(patience.Token) == Ends().Length, patience.Token);

            // One stops: its streams go to the others, told so by a status that lets them come back after a second.
            _replicas[1].IsDisturbed = true;
            _replicas[1].Collector.Process.Signal(Signals.Terminate);
            await _replicas[1].Collector.Process.WaitForExitAsync(patience.Token);
            Assert.Equal(0, _replicas[1].Collector.Process.ExitCode);
            await UntilAsync(() => Spread() is var spread && spread[1] == 0 && spread.Sum() == Nodes, patience.Token);
        }

        await UntilAllHoldWhatTheyShouldAsync(patience.Token);
        Assert.All(_subscribers, subscriber => Assert.Empty(subscriber.Faults));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var subscriber in _subscribers) await subscriber.DisposeAsync();
        foreach (var replica in _replicas) await replica.DisposeAsync();
        if (_simulator is not null) await _simulator.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private string Kubeconfig => Path.Combine(_folder, "kubeconfig");

    private static Task UntilAsync(Func<bool> condition, CancellationToken cancellation) =>
        UntilAsync(() => Task.FromResult(condition()), cancellation);

    private static async Task UntilAsync(Func<Task<bool>> condition, CancellationToken cancellation)
    {
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!await condition()) await look.WaitForNextTickAsync(cancellation);
    }

    // What the replicas count themselves.
    private async Task<int> RebalancedAsync(CancellationToken cancellation)
    {
        const string Name = "meta_collector_gateway_streams_ended_total{cause=\"rebalanced\"} ";
        var pages = await Task.WhenAll(_replicas.Select(replica => replica.Collector.MetricsAsync(cancellation)));
        return pages.SelectMany(page => page.Split('\n')).Where(line => line.StartsWith(Name, StringComparison.Ordinal))
            .Sum(line => int.Parse(line[Name.Length..], CultureInfo.InvariantCulture));
    }

    private async Task AddReplicaAsync(CancellationToken cancellation)
    {
        var replica = new ChaosReplica(CollectorProcess.Start(
            Kubeconfig, "--clustering", "kubernetes", "--rebalance-after", "2s", "--rebalance-floor", "2"));
        await replica.Collector.WaitUntilReadyAsync(cancellation);
        lock (_replicas) _replicas.Add(replica);
    }

    private ChaosReplica? Pick()
    {
        lock (_replicas)
        {
            var serving = _replicas.FindAll(replica => !replica.IsDisturbed);
            return serving.Count == 0 ? null : serving[Random.Shared.Next(serving.Count)];
        }
    }

    // The open streams of each replica, those that are between two not counted.
    private int[] Spread() =>
        [.. _replicas.Select(replica => _subscribers.Count(subscriber => subscriber.Replica == replica && subscriber.Log.Held.Count > 0))];

    private string[] Ends() => [.. _subscribers.SelectMany(subscriber => subscriber.Broken)];

    private async Task UntilAllHoldWhatTheyShouldAsync(CancellationToken cancellation)
    {
        var oracle = Comparison.OracleOf(_simulator);
        foreach (var subscriber in _subscribers)
        {
            var expected = oracle.LinesFor(subscriber.Node);
            var started = Stopwatch.GetTimestamp();
            while (Deviations.Between(expected, subscriber.Log) is { IsClean: false } deviations)
            {
                Assert.True(Stopwatch.GetElapsedTime(started) < Patience / 2, $"{subscriber.Node}: {deviations}");
                await Task.Delay(20, cancellation);
            }
        }
    }
}
