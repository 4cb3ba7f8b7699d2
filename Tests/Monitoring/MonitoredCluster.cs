using System.Diagnostics;
using MetaCollector.Simulator;
using MetaCollector.Simulator.Objects;
using MetaCollector.Simulator.Resources;
using MetaCollector.Testing.Processes;
using MetaCollector.Testing.Streams;
using Xunit;

namespace MetaCollector.Tests.Monitoring;

/// <summary>An API server, replicas as processes of their own, and a Prometheus that scrapes them. To be disturbed from one thread.</summary>
internal sealed class MonitoredCluster : IAsyncDisposable
{
    /// <summary>A node of which there is nothing to be said.</summary>
    public const string QuietNode = "node-0";

    /// <summary>A node whose content is more than a connection takes in by itself.</summary>
    public const string LargeNode = "node-1";

    /// <summary>A node whose pods change all the time.</summary>
    public const string BusyNode = "node-2";

    /// <summary>A node that nobody subscribes to at first.</summary>
    public const string LonelyNode = "node-3";

    /// <summary>No flags: a replica that runs with the defaults.</summary>
    public static readonly string[] Defaults = [];

    // Five minutes are five seconds.
    private const int Factor = 60;
    private const int PodsPerNode = 12;
    private const string Namespace = "default";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly string _folder = Directory.CreateTempSubdirectory("metacollector-monitored-").FullName;
    private readonly List<CollectorProcess> _replicas = [];
    private readonly List<StreamClient> _streams = [];
    private readonly CancellationTokenSource _stop = new();
    private Task _changing = Task.CompletedTask;

    private MonitoredCluster(ApiServerSimulator simulator, PrometheusServer prometheus) => (Simulator, Prometheus) = (simulator, prometheus);

    /// <summary>The API server.</summary>
    public ApiServerSimulator Simulator { get; }

    /// <summary>What scrapes.</summary>
    public PrometheusServer Prometheus { get; }

    /// <summary>Starts an API server with four nodes, replicas as given, and Prometheus with the chart's alerts in a world where time runs faster.</summary>
    /// <param name="prepare">What is to be so before any replica starts.</param>
    /// <param name="replicas">The flags of each; those that come after the first form one cluster with it.</param>
    public static async Task<MonitoredCluster> StartAsync(Action<ApiServerSimulator>? prepare, params IReadOnlyList<string[]> replicas)
    {
        PrometheusServer.SkipIfAbsent();
        Assert.SkipUnless(OperatingSystem.IsLinux(), "signals need Linux");
        var simulator = await ApiServerSimulator.StartAsync(new SimulatorOptions { BookmarkInterval = TimeSpan.FromSeconds(1) });
        simulator.Clusters.Generate(4, PodsPerNode, namespaces: 3);
        foreach (var pod in PodsOn(simulator, LargeNode)) simulator.Objects.Change(pod, Enlarge);
        prepare?.Invoke(simulator);
        var cluster = new MonitoredCluster(simulator, await PrometheusServer.StartAsync(RuleFile.Hastened(Factor)));
        try
        {
            await simulator.WriteKubeconfigAsync(cluster.Kubeconfig);
            // All at once, as a Deployment's pods are.
            foreach (var flags in replicas) cluster.Launch(flags, null);
            foreach (var replica in cluster.Replicas) await cluster.ScrapeAsync(replica);
            foreach (var replica in cluster.Replicas) await WaitUntilReadyAsync(replica);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>The replicas, in the order in which they were started.</summary>
    public IReadOnlyList<CollectorProcess> Replicas => _replicas;

    /// <summary>A file of the cluster's own folder.</summary>
    public string PathOf(string name) => Path.Combine(_folder, name);

    /// <summary>Starts a replica, waits until it is ready, and has it scraped.</summary>
    public async Task<CollectorProcess> AddAsync(params string[] flags)
    {
        var replica = await AddUnreadyAsync(flags);
        await WaitUntilReadyAsync(replica);
        return replica;
    }

    /// <summary>Starts a replica that may never be ready, and has it scraped.</summary>
    public async Task<CollectorProcess> AddUnreadyAsync(string[] flags, IReadOnlyDictionary<string, string>? environment = null)
    {
        var replica = Launch(flags, environment);
        await ScrapeAsync(replica);
        return replica;
    }

    /// <summary>From now on, the pods of <see cref="BusyNode"/> change all the time, and a subscriber of <see cref="QuietNode"/> comes and goes.</summary>
    public void Change() => _changing = Task.Run(ChangeAsync);

    /// <summary>Waits until an alert of the chart fires.</summary>
    public Task FiresAsync(string alert) => Prometheus.UntilFiringAsync($"MetaCollector{alert}");

    /// <summary>Waits until an alert of the chart fires no longer.</summary>
    public Task ResolvesAsync(string alert) => Prometheus.UntilResolvedAsync($"MetaCollector{alert}");

    /// <summary>A subscriber that reads everything at once, until it is paused.</summary>
    public StreamClient Subscribe(CollectorProcess replica, string node)
    {
        var stream = new StreamClient(replica.Broker, node);
        _streams.Add(stream);
        return stream;
    }

    /// <summary>A subscriber that takes one event, and then reads no more.</summary>
    public StreamClient SubscribeStuck(CollectorProcess replica)
    {
        var stream = new StreamClient(replica.Broker, LargeNode, onEvent: (client, _) =>
        {
            if (client.Events == 1) client.Pause();
        });
        _streams.Add(stream);
        return stream;
    }

    /// <summary>A subscriber goes away.</summary>
    public ValueTask EndAsync(StreamClient stream)
    {
        _streams.Remove(stream);
        return stream.DisposeAsync();
    }

    /// <summary>The replica that holds the Lease.</summary>
    public async Task<CollectorProcess> LeaderAsync()
    {
        var started = Stopwatch.GetTimestamp();
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (true)
        {
            var holder = (string?)Simulator.Objects.Get(ResourceTypes.Leases, Namespace, "metacollector")?.ToJsonObject()["spec"]?["holderIdentity"] ?? "";
            if (_replicas.Find(one => !one.Process.HasExited && holder.Contains($":{one.SiloPort}@", StringComparison.Ordinal)) is { } leader) return leader;
            if (Stopwatch.GetElapsedTime(started) > Patience) throw new TimeoutException($"nobody leads; the Lease says: {holder}");
            await look.WaitForNextTickAsync();
        }
    }

    /// <summary>Kills a replica, and leaves its pod in the list of targets.</summary>
    public static Task CrashAsync(CollectorProcess replica)
    {
        replica.Process.Signal(Signals.Kill);
        return replica.Process.WaitForExitAsync(CancellationToken.None);
    }

    /// <summary>Kills a replica, whose pod is then gone.</summary>
    public async Task KillAsync(CollectorProcess replica)
    {
        await CrashAsync(replica);
        await Prometheus.RemoveAsync(NameOf(replica));
    }

    /// <summary>Asks a replica to stop, whose pod is then gone.</summary>
    public async Task StopAsync(CollectorProcess replica)
    {
        replica.Process.Signal(Signals.Terminate);
        using var patience = new CancellationTokenSource(Patience);
        await replica.Process.WaitForExitAsync(patience.Token);
        await Prometheus.RemoveAsync(NameOf(replica));
    }

    /// <summary>Kills every replica that is left.</summary>
    public async Task KillAllAsync()
    {
        foreach (var replica in _replicas.Where(replica => !replica.Process.HasExited)) await KillAsync(replica);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _changing;
        foreach (var stream in _streams) await stream.DisposeAsync();
        foreach (var replica in _replicas) await replica.DisposeAsync();
        await Prometheus.DisposeAsync();
        await Simulator.DisposeAsync();
        _stop.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private string Kubeconfig => Path.Combine(_folder, "kubeconfig");

    private CollectorProcess Launch(string[] flags, IReadOnlyDictionary<string, string>? environment)
    {
        var replica = CollectorProcess.Start(Kubeconfig, environment, ["--clustering", "kubernetes", "--namespace", Namespace, .. flags]);
        _replicas.Add(replica);
        return replica;
    }

    private Task ScrapeAsync(CollectorProcess replica) => Prometheus.AddAsync(NameOf(replica), $"127.0.0.1:{replica.MetricsPort}");

    private static async Task WaitUntilReadyAsync(CollectorProcess replica)
    {
        using var patience = new CancellationTokenSource(Patience);
        await replica.WaitUntilReadyAsync(patience.Token);
    }

    /// <summary>The pod that a replica is to Prometheus.</summary>
    public static string NameOf(CollectorProcess replica) => $"metacollector-{replica.SiloPort}";

    private static IReadOnlyList<KubernetesObject> PodsOn(ApiServerSimulator simulator, string node) =>
        [.. simulator.Objects.List(ResourceTypes.Pods).Where(pod => pod.NodeName == node)];

    private static KubernetesObject Enlarge(KubernetesObject pod) =>
        pod.Labelled([.. Enumerable.Range(0, 300).Select(i => ($"filler-{i}", new string('x', 60)))]);

    // More changes than the slow replica may send; and once a second a subscriber comes and goes.
    private async Task ChangeAsync()
    {
        var pods = PodsOn(Simulator, BusyNode);
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        try
        {
            for (var i = 0; await pace.WaitForNextTickAsync(_stop.Token); i++)
            {
                Simulator.Objects.Change(pods[i % pods.Count], pod => pod.Labelled(("change", $"{i}")));
                if (i % 200 != 0) continue;
                await using var guest = new StreamClient(_replicas[^1].Broker, QuietNode, expected: PodsPerNode);
                await Task.WhenAny(guest.Complete, guest.Closed);
            }
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
    }
}
