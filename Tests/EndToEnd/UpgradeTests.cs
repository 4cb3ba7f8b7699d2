using MetaCollector.Simulator;
using MetaCollector.Simulator.Resources;
using MetaCollector.Testing.Oracle;
using MetaCollector.Testing.Processes;
using MetaCollector.Tests.Support;
using Xunit;
using static MetaCollector.Simulator.Objects.Kube;

namespace MetaCollector.Tests.EndToEnd;

/// <summary>
/// A rolling update: the last release's replica beside this one's, in one cluster of replicas. The folder of its program, as in the image's
/// /app, is given by <c>METACOLLECTOR_TEST_PREVIOUS</c>.
/// </summary>
public sealed class UpgradeTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly string _folder = Directory.CreateTempSubdirectory("metacollector-upgrade-").FullName;
    private ApiServerSimulator? _simulator;

    private ApiServerSimulator Simulator => _simulator!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _simulator = await ApiServerSimulator.StartAsync(new SimulatorOptions());
        await _simulator.WriteKubeconfigAsync(Path.Combine(_folder, "kubeconfig"));
        _simulator.Clusters.Generate(4, 10, namespaces: 6);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Replicas_OfTwoVersions_ServeOneCluster(bool previousLeads)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        await using var leader = await StartAsync(previousLeads, patience.Token);
        await using var other = await StartAsync(!previousLeads, patience.Token);
        await using var subscribers = new Subscribers([leader, other], Simulator);
        await subscribers.UntilCurrentAsync("snapshots");

        for (var i = 0; i < 3; i++) Simulator.Objects.Create(Namespace($"upgrade-{i}"));
        // What one version leads reaches the streams of the other: new pods, changed ones, and pods that are gone.
        for (var i = 0; i < 20; i++) Simulator.Objects.Create(Pod($"new-{i}").In($"upgrade-{i % 3}").On($"node-{i % 4}").Labelled(("app", "new")));
        await subscribers.UntilCurrentAsync("new pods");
        foreach (var pod in Simulator.Objects.List(ResourceTypes.Pods).Take(10)) Simulator.Objects.Change(pod, current => current.Labelled(("round", "2")));
        foreach (var pod in Simulator.Objects.List(ResourceTypes.Pods).Where(pod => pod.Name.StartsWith("new-1", StringComparison.Ordinal)).ToList())
            Simulator.Objects.Delete(pod);
        await subscribers.UntilCurrentAsync("changes");

        // The other takes over what the leader held, and its own streams see nothing of it but what changes.
        leader.Process.Signal(Signals.Kill);
        subscribers.Forget(leader);
        for (var i = 20; i < 30; i++) Simulator.Objects.Create(Pod($"new-{i}").In($"upgrade-{i % 3}").On($"node-{i % 4}").Labelled(("app", "new")));
        await subscribers.UntilCurrentAsync("pods after the leader's end");
        subscribers.AssertLegal();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_simulator is not null) await _simulator.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<CollectorProcess> StartAsync(bool isPrevious, CancellationToken cancellation)
    {
        var replica = CollectorProcess.Start(
            Path.Combine(_folder, "kubeconfig"), null, ["--clustering", "kubernetes", "--namespace", "default"], isPrevious ? Previous() : null);
        await replica.WaitUntilReadyAsync(cancellation);
        return replica;
    }

    private static string Previous()
    {
        var folder = Environment.GetEnvironmentVariable("METACOLLECTOR_TEST_PREVIOUS");
        Assert.SkipWhen(string.IsNullOrEmpty(folder), "METACOLLECTOR_TEST_PREVIOUS names no folder with the last release's program");
        return Path.Combine(folder!, "metacollector.dll");
    }

    // A subscriber of every node at every replica.
    private sealed class Subscribers(CollectorProcess[] replicas, ApiServerSimulator simulator) : IAsyncDisposable
    {
        private readonly List<Subscription> _all =
        [
            .. from replica in replicas
               from node in Enumerable.Range(0, 4).Select(number => $"node-{number}")
               select new Subscription(replica, node, new Subscriber(replica.Broker, node)),
        ];

        private CollectorProcess? _ended;

        public void Forget(CollectorProcess replica) => _ended = replica;

        public async Task UntilCurrentAsync(string what)
        {
            var oracle = Comparison.OracleOf(simulator);
            foreach (var subscription in Open)
            {
                var expected = oracle.LinesFor(subscription.Node);
                await subscription.Subscriber.Log.UntilAsync(log => log.Holds(expected), $"{what}: {subscription.Node}", Patience);
            }
        }

        public void AssertLegal()
        {
            Assert.All(_all, subscription => Assert.Empty(subscription.Subscriber.Log.Faults));
            Assert.All(Open, subscription => Assert.Null(subscription.Subscriber.Client.Ended));
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var subscription in _all) await subscription.Subscriber.DisposeAsync();
        }

        private IEnumerable<Subscription> Open => _all.Where(subscription => subscription.Replica != _ended);
    }

    private sealed record Subscription(CollectorProcess Replica, string Node, Subscriber Subscriber);
}
