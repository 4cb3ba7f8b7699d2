using MetaCollector.Benchmarks.Reporting;
using MetaCollector.Simulator;
using MetaCollector.Simulator.Objects;
using MetaCollector.Simulator.Resources;
using MetaCollector.Simulator.Traffic;

namespace MetaCollector.Benchmarks.Load;

/// <summary>A cluster in the simulator. The delay of a change begins just before it is made.</summary>
/// <remarks>
/// Each second a Lease is renewed, as kubelets do all the time: in a cluster where nothing is written no bookmark comes either, and after three minutes a
/// collector lists everything.
/// </remarks>
internal sealed class SimulatedCluster : ILoadCluster
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(1);

    private readonly ApiServerSimulator _simulator;
    private readonly Timer _heartbeat;
    private readonly IReadOnlyList<KubernetesObject> _pods;

    private SimulatedCluster(ApiServerSimulator simulator, LoadShape shape, string kubeconfig)
    {
        (_simulator, Kubeconfig) = (simulator, kubeconfig);
        Nodes = [.. Enumerable.Range(0, shape.Nodes).Select(i => $"node-{i}")];
        _pods = simulator.Objects.List(ResourceTypes.Pods);
        var lease = simulator.Objects.Create(Kube.Lease("node-0").In("kube-node-lease"));
        _heartbeat = new Timer(_ => simulator.Objects.Change(lease, ChangeStamp.Put), null, Heartbeat, Heartbeat);
    }

    public string Kubeconfig { get; }

    public IReadOnlyList<string> Nodes { get; }

    /// <summary>Starts a simulator, with objects if there are to be any.</summary>
    /// <param name="shape">How large.</param>
    /// <param name="port">Port of the simulator; 0 for a free one.</param>
    /// <param name="kubeconfig">File to write.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<SimulatedCluster> StartAsync(LoadShape shape, int port, string kubeconfig, CancellationToken cancellation)
    {
        var simulator = await ApiServerSimulator.StartAsync(new SimulatorOptions { Port = port }, cancellation);
        if (!shape.IsEmpty) simulator.Clusters.Generate(shape.Nodes, shape.PodsPerNode, shape.Namespaces);
        await simulator.WriteKubeconfigAsync(kubeconfig, cancellation);
        return new SimulatedCluster(simulator, shape, kubeconfig);
    }

    public IReadOnlyDictionary<string, int> Expected() => ExpectedCounts.Of(_simulator);

    public Task ChangeAsync(int number)
    {
        _simulator.Objects.Change(_pods[(int)((number * 7919L) % _pods.Count)], ChangeStamp.Put);
        return Task.CompletedTask;
    }

    public long MadeAt(long stamp) => stamp;

    public Percentiles BareDelays(long from) => Percentiles.None;

    public IReadOnlyList<RequestSum> Requests() => _simulator.Requests.Summary();

    public async ValueTask DisposeAsync()
    {
        await _heartbeat.DisposeAsync();
        await _simulator.DisposeAsync();
    }
}
