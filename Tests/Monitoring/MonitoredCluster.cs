using System.Diagnostics;
using MetaCollector.Simulator;
using MetaCollector.Simulator.Objects;
using MetaCollector.Simulator.Resources;
using MetaCollector.Testing.Processes;
using MetaCollector.Testing.Streams;

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

    /// <summary>Ends the streams of subscribers that read nothing for two seconds.</summary>
    public CollectorProcess Strict => _replicas[0];

    /// <summary>Sends an event a second once its first thousand are spent.</summary>
    public CollectorProcess Slow => _replicas[1];

    /// <summary>Runs with the defaults.</summary>
    public CollectorProcess Plain => _replicas[2];

    /// <summary>Starts everything; <see cref="QuietNode"/> and <see cref="LargeNode"/> have a reader.</summary>
    /// <param name="rules">Prometheus' rules.</param>
    public static async Task<MonitoredCluster> StartAsync(string rules)
    {
        var simulator = await ApiServerSimulator.StartAsync(new SimulatorOptions { BookmarkInterval = TimeSpan.FromSeconds(1) });
        simulator.Clusters.Generate(4, PodsPerNode, namespaces: 3);
        foreach (var pod in PodsOn(simulator, LargeNode)) simulator.Objects.Change(pod, Enlarge);
        var cluster = new MonitoredCluster(simulator, await PrometheusServer.StartAsync(rules));
        try
        {
            await simulator.WriteKubeconfigAsync(cluster.Kubeconfig);
            using var patience = new CancellationTokenSource(Patience);
            await cluster.AddAsync(patience.Token, "--stuck-stream-limit", "2s");
            await cluster.AddAsync(patience.Token, "--events-per-second", "1");
            await cluster.AddAsync(patience.Token);
            foreach (var node in (string[])[QuietNode, LargeNode]) cluster.Subscribe(cluster.Plain, node);
            cluster._changing = Task.Run(cluster.ChangeAsync);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a replica, and has it scraped.</summary>
    public async Task AddAsync(CancellationToken cancellation, params string[] flags)
    {
        var replica = CollectorProcess.Start(Kubeconfig, ["--clustering", "kubernetes", "--namespace", Namespace, .. flags]);
        _replicas.Add(replica);
        await Prometheus.AddAsync(NameOf(replica), replica);
        if (_replicas.Count <= 3) await replica.WaitUntilReadyAsync(cancellation);
    }

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

    /// <summary>Kills a replica, whose pod is then gone.</summary>
    public async Task KillAsync(CollectorProcess replica)
    {
        replica.Process.Signal(9);
        await replica.Process.WaitForExitAsync(CancellationToken.None);
        await Prometheus.RemoveAsync(NameOf(replica));
    }

    /// <summary>Asks a replica to stop, whose pod is then gone.</summary>
    public async Task StopAsync(CollectorProcess replica)
    {
        replica.Process.Signal(15);
        using var patience = new CancellationTokenSource(Patience);
        await replica.Process.WaitForExitAsync(patience.Token);
        await Prometheus.RemoveAsync(NameOf(replica));
    }

    /// <summary>Kills every replica that is left.</summary>
    public async Task KillAllAsync()
    {
        foreach (var replica in _replicas.Where(replica => !replica.Process.HasExited)) await KillAsync(replica);
    }

    /// <inheritdoc/>
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

    private static string NameOf(CollectorProcess replica) => $"metacollector-{replica.SiloPort}";

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
                await using var guest = new StreamClient(Plain.Broker, QuietNode, expected: PodsPerNode);
                await Task.WhenAny(guest.Complete, guest.Closed);
            }
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
    }
}
