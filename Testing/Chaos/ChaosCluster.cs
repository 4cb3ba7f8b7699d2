using System.Diagnostics;
using MetaCollector.Simulator;
using MetaCollector.Simulator.Objects;
using MetaCollector.Simulator.Traffic;
using MetaCollector.Testing.Chaos.Networking;
using MetaCollector.Testing.Oracle;

namespace MetaCollector.Testing.Chaos;

/// <summary>The simulator, replicas as processes of their own, and a subscriber for each node. To be disturbed from one thread.</summary>
internal sealed class ChaosCluster : IAsyncDisposable
{
    /// <summary>The API server's name in the <see cref="Network"/>.</summary>
    public const string ApiServer = "api-server";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly string _folder;
    private readonly Lock _lock = new();
    private readonly List<ChaosReplica> _replicas = [];
    private readonly List<ChaosSubscriber> _subscribers = [];
    private readonly Random _dice;
    private long _lists;
    private int _started;

    private ChaosCluster(ApiServerSimulator simulator, ChaosShape shape, string folder)
    {
        (Simulator, Shape, _folder, ControlPlane) = (simulator, shape, folder, new ControlPlane(simulator));
        _dice = new Random(shape.Seed);
        Nodes = [.. Enumerable.Range(0, shape.Nodes).Select(i => $"node-{i}")];
        simulator.Requests.Received += Count;
    }

    /// <summary>How large it is.</summary>
    public ChaosShape Shape { get; }

    /// <summary>The API server.</summary>
    public ApiServerSimulator Simulator { get; }

    /// <summary>What the replicas keep there.</summary>
    public ControlPlane ControlPlane { get; }

    /// <summary>What connects the replicas with each other and with the API server.</summary>
    public Network Network { get; } = new();

    /// <summary>The nodes' names.</summary>
    public IReadOnlyList<string> Nodes { get; }

    /// <summary>One for each node.</summary>
    public IReadOnlyList<ChaosSubscriber> Subscribers => _subscribers;

    /// <summary>Told of each event that a subscriber receives.</summary>
    public Action<ChaosSubscriber, Gateway.Wire.Event>? Received { get; set; }

    /// <summary>How often a kind was read whole until now: cluster-wide lists, and watches that begin with one.</summary>
    public long Lists => Interlocked.Read(ref _lists);

    /// <summary>How many kinds are watched cluster-wide now, each watch counted.</summary>
    public int Watches => Simulator.Requests.OpenWatches.Count(IsClusterWide);

    /// <summary>Replicas that ended though nothing was done to them.</summary>
    public IReadOnlyList<ChaosReplica> Fallen
    {
        get { lock (_lock) return _replicas.FindAll(replica => replica.HasExited && !replica.IsDisturbed); }
    }

    /// <summary>Starts everything; returns when all replicas are ready and every subscriber holds what it should.</summary>
    public static async Task<ChaosCluster> StartAsync(ChaosShape shape, CancellationToken cancellation)
    {
        var simulator = await ApiServerSimulator.StartAsync(new SimulatorOptions { BookmarkInterval = TimeSpan.FromSeconds(2) }, cancellation);
        simulator.Objects.Create(Kube.Namespace(ControlPlane.Namespace));
        simulator.Clusters.Generate(shape.Nodes, shape.PodsPerNode, shape.Namespaces);
        var cluster = new ChaosCluster(simulator, shape, Directory.CreateTempSubdirectory("metacollector-chaos-").FullName);
        try
        {
            for (var i = 0; i < shape.Replicas; i++) cluster.Add();
            await cluster.AllReadyAsync(cancellation);
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
            if (Array.Find(Replicas(), replica => !replica.HasExited && ControlPlane.Leads(replica)) is { } leader) return leader;
            if (Stopwatch.GetElapsedTime(started) > Patience) throw new TimeoutException($"nobody leads; the Lease says: {ControlPlane.Holder}");
            await Task.Delay(50, cancellation);
        }
    }

    /// <summary>Starts another replica, with another pod and other ports, in place of each that has ended.</summary>
    public async Task ReplaceAsync(CancellationToken cancellation)
    {
        // One that came back from the dead may not have been told yet.
        foreach (var dead in Replicas().Where(replica => replica.IsDisturbed && ControlPlane.IsDeclaredDead(replica)))
        {
            try
            {
                await dead.Collector.Process.WaitForExitAsync(cancellation).WaitAsync(Patience, cancellation);
            }
            catch (TimeoutException)
            {
                throw new TimeoutException($"{dead.Name} was declared dead, and did not end:\n{dead.Collector.Process.Tail}");
            }
        }

        foreach (var gone in Replicas().Where(replica => replica.HasExited))
        {
            lock (_lock) _replicas.Remove(gone);
            ControlPlane.DeletePod(gone);
            await gone.DisposeAsync();
            Add();
        }
    }

    /// <summary>Waits until all replicas are ready; replaces those that end meanwhile after a disturbance.</summary>
    public async Task AllReadyAsync(CancellationToken cancellation)
    {
        while (true)
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            patience.CancelAfter(Patience);
            try
            {
                await Task.WhenAll(Replicas().Select(replica => replica.UntilReadyAsync(patience.Token)));
                return;
            }
            catch (InvalidOperationException) when (Array.Exists(Replicas(), replica => replica.IsDisturbed && replica.HasExited))
            {
                // It was told that it is dead while it was waited for.
                await ReplaceAsync(cancellation);
            }
        }
    }

    /// <summary>Compares every subscriber with the oracle; each has a while to come to rest.</summary>
    public async Task<Deviations> CompareAsync(CancellationToken cancellation)
    {
        var oracle = Comparison.OracleOf(Simulator);
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

    public async ValueTask DisposeAsync()
    {
        Network.Mend();
        foreach (var subscriber in _subscribers) await subscriber.DisposeAsync();
        foreach (var replica in Replicas()) await replica.DisposeAsync();
        await Simulator.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private void Add()
    {
        var pod = ControlPlane.CreatePod($"metacollector-{++_started}");
        var replica = ChaosReplica.Start(pod, Path.Combine(_folder, pod.Name), Simulator, Network, ReplicaAt, "--rebalance-after", $"{Shape.RebalanceAfter.TotalSeconds}s");
        lock (_lock) _replicas.Add(replica);
    }

    private string ReplicaAt(int port, int target)
    {
        var replicas = Replicas();
        var process = SocketOwner.Find(port, target, replicas.Where(replica => !replica.HasExited).Select(replica => replica.Collector.Process.Id));
        return Array.Find(replicas, replica => replica.Collector.Process.Id == process)?.Name ?? "nobody";
    }

    private ChaosReplica? Pick()
    {
        lock (_lock)
        {
            var serving = _replicas.FindAll(replica => replica.IsServing);
            return serving.Count == 0 ? null : serving[_dice.Next(serving.Count)];
        }
    }

    private void Count(RequestRecord request)
    {
        if (IsClusterWide(request) && request.AsksForEverything) Interlocked.Increment(ref _lists);
    }

    private static bool IsClusterWide(RequestRecord request) => !request.Path.Contains("/namespaces/", StringComparison.Ordinal);
}
