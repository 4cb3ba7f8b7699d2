using System.Diagnostics;
using System.Text.Json.Nodes;
using MetaCollector.Simulator;
using MetaCollector.Simulator.Resources;
using MetaCollector.Simulator.Traffic;
using MetaCollector.Testing.Oracle;
using MetaCollector.Testing.Processes;

namespace MetaCollector.Testing.Chaos;

/// <summary>The simulator, replicas as processes of their own, and a subscriber for each node. To be disturbed from one thread.</summary>
internal sealed class ChaosCluster : IAsyncDisposable
{
    private const string Namespace = "default";
    private const string Name = "metacollector";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ApiServerSimulator _simulator;
    private readonly string _folder;
    private readonly Lock _lock = new();
    private readonly List<ChaosReplica> _replicas = [];
    private readonly List<ChaosSubscriber> _subscribers = [];
    private readonly Random _dice;
    private long _lists;

    private ChaosCluster(ApiServerSimulator simulator, ChaosShape shape, string folder)
    {
        (_simulator, Shape, _folder) = (simulator, shape, folder);
        _dice = new Random(shape.Seed);
        Nodes = [.. Enumerable.Range(0, shape.Nodes).Select(i => $"node-{i}")];
        simulator.Requests.Received += Count;
    }

    /// <summary>How large it is.</summary>
    public ChaosShape Shape { get; }

    /// <summary>The API server.</summary>
    public ApiServerSimulator Simulator => _simulator;

    /// <summary>The nodes' names.</summary>
    public IReadOnlyList<string> Nodes { get; }

    /// <summary>One for each node.</summary>
    public IReadOnlyList<ChaosSubscriber> Subscribers => _subscribers;

    /// <summary>Told of each event that a subscriber receives.</summary>
    public Action<ChaosSubscriber, Gateway.Wire.Event>? Received { get; set; }

    /// <summary>How often a kind was read whole until now: cluster-wide lists, and watches that begin with one.</summary>
    public long Lists => Interlocked.Read(ref _lists);

    /// <summary>Replicas that ended though nothing was done to them.</summary>
    public IReadOnlyList<ChaosReplica> Fallen
    {
        get { lock (_lock) return _replicas.FindAll(replica => replica.HasExited && !replica.IsDisturbed); }
    }

    /// <summary>Starts everything; returns when all replicas are ready and every subscriber holds what it should.</summary>
    public static async Task<ChaosCluster> StartAsync(ChaosShape shape, CancellationToken cancellation)
    {
        var simulator = await ApiServerSimulator.StartAsync(new SimulatorOptions { BookmarkInterval = TimeSpan.FromSeconds(2) }, cancellation);
        simulator.Clusters.Generate(shape.Nodes, shape.PodsPerNode, shape.Namespaces);
        var cluster = new ChaosCluster(simulator, shape, Directory.CreateTempSubdirectory("metacollector-chaos-").FullName);
        try
        {
            await simulator.WriteKubeconfigAsync(cluster.Kubeconfig, cancellation);
            for (var i = 0; i < shape.Replicas; i++) cluster.Add();
            foreach (var replica in cluster.Replicas()) await UntilReadyAsync(replica, cancellation);
            foreach (var node in cluster.Nodes)
                cluster._subscribers.Add(new ChaosSubscriber(node, cluster.Pick, (subscriber, received) => cluster.Received?.Invoke(subscriber, received)));
            var differences = await cluster.CompareAsync(cancellation);
            if (!differences.IsClean) throw new InvalidOperationException($"before any disturbance: {differences}");
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>The replicas, those that ended included until they are replaced.</summary>
    public ChaosReplica[] Replicas()
    {
        lock (_lock) return [.. _replicas];
    }

    /// <summary>The replica that holds the Lease.</summary>
    public async Task<ChaosReplica> LeaderAsync(CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var holder = (string?)_simulator.Objects.Get(ResourceTypes.Leases, Namespace, Name)?.ToJsonObject()["spec"]?["holderIdentity"] ?? "";
            var leader = Array.Find(Replicas(), replica => holder.Contains($":{replica.Collector.SiloPort}@", StringComparison.Ordinal) && !replica.HasExited);
            if (leader is not null) return leader;
            if (Stopwatch.GetElapsedTime(started) > Patience) throw new TimeoutException($"nobody leads; the Lease says: {holder}");
            await Task.Delay(50, cancellation);
        }
    }

    /// <summary>Starts another replica in place of each that has ended, and waits until all are ready.</summary>
    public async Task ReplaceAsync(CancellationToken cancellation)
    {
        while (true)
        {
            // One that came back from the dead may not have been told yet.
            foreach (var dead in Replicas().Where(replica => replica.IsDisturbed && IsDeclaredDead(replica)))
                await dead.Collector.Process.WaitForExitAsync(cancellation).WaitAsync(Patience, cancellation);
            foreach (var gone in Replicas().Where(replica => replica.HasExited))
            {
                lock (_lock) _replicas.Remove(gone);
                await gone.DisposeAsync();
                Add();
            }

            try
            {
                foreach (var replica in Replicas()) await UntilReadyAsync(replica, cancellation);
                return;
            }
            catch (InvalidOperationException) when (Array.Exists(Replicas(), replica => replica.IsDisturbed && replica.HasExited))
            {
                // It was told while it was waited for.
            }
        }
    }

    /// <summary>Deletes the Lease.</summary>
    public void DeleteLease() => _simulator.Objects.Delete(ResourceTypes.Leases, Namespace, Name);

    /// <summary>Deletes the membership table.</summary>
    public void DeleteTable() => _simulator.Objects.Delete(ResourceTypes.ConfigMaps, Namespace, Name);

    /// <summary>Compares every subscriber with the oracle; each has a while to come to rest.</summary>
    public async Task<Deviations> CompareAsync(CancellationToken cancellation)
    {
        var oracle = Comparison.OracleOf(_simulator);
        var started = Stopwatch.GetTimestamp();
        var total = new Deviations();
        foreach (var subscriber in _subscribers)
        {
            var expected = oracle.LinesFor(subscriber.Node);
            Deviations difference;
            while (true)
            {
                difference = Deviations.Between(expected, subscriber.Log);
                if (difference.IsClean || Stopwatch.GetElapsedTime(started) > Patience) break;
                await Task.Delay(50, cancellation);
            }

            total.Add(difference);
        }

        return total;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var subscriber in _subscribers) await subscriber.DisposeAsync();
        foreach (var replica in Replicas()) await replica.DisposeAsync();
        await _simulator.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private string Kubeconfig => Path.Combine(_folder, "kubeconfig");

    private bool IsDeclaredDead(ChaosReplica replica)
    {
        if ((string?)_simulator.Objects.Get(ResourceTypes.ConfigMaps, Namespace, Name)?.ToJsonObject()["data"]?["membership.json"] is not { } text) return false;
        var row = JsonNode.Parse(text)!["silos"]!.AsArray()
            .FirstOrDefault(row => ((string)row!["silo"]!).Contains($":{replica.Collector.SiloPort}@", StringComparison.Ordinal));
        return (string?)row?["status"] == "Dead";
    }

    private void Add()
    {
        // In no pod: churn would replace it, and a replica whose pod is gone is declared dead. So a loss is noticed by probes alone.
        var collector = CollectorProcess.Start(
            Kubeconfig, "--clustering", "kubernetes", "--namespace", Namespace, "--name", Name, "--watch-idle-timeout", "10s");
        lock (_lock) _replicas.Add(new ChaosReplica(collector));
    }

    private static async Task UntilReadyAsync(ChaosReplica replica, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(Patience);
        await replica.Collector.WaitUntilReadyAsync(patience.Token);
    }

    private ChaosReplica? Pick()
    {
        lock (_lock)
        {
            var serving = _replicas.FindAll(replica => !replica.IsDisturbed && !replica.HasExited);
            return serving.Count == 0 ? null : serving[_dice.Next(serving.Count)];
        }
    }

    private void Count(RequestRecord request)
    {
        if (request.Path.Contains("/namespaces/", StringComparison.Ordinal)) return;
        if (request.Verb == "list" || (request.Verb == "watch" && request.Path.Contains("sendInitialEvents=true", StringComparison.Ordinal)))
            Interlocked.Increment(ref _lists);
    }
}
