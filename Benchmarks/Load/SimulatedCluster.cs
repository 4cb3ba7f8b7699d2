using MetaCollector.Benchmarks.Reporting;
using MetaCollector.Simulator;
using MetaCollector.Simulator.Objects;
using MetaCollector.Simulator.Resources;
using MetaCollector.Simulator.Traffic;

namespace MetaCollector.Benchmarks.Load;

/// <summary>A cluster in the simulator. The delay of a change begins just before it is made.</summary>
internal sealed class SimulatedCluster : ILoadCluster
{
    private readonly ApiServerSimulator _simulator;
    private readonly IReadOnlyList<KubernetesObject> _pods;

    private SimulatedCluster(ApiServerSimulator simulator, LoadShape shape, string kubeconfig)
    {
        (_simulator, Kubeconfig) = (simulator, kubeconfig);
        Nodes = [.. Enumerable.Range(0, shape.Nodes).Select(i => $"node-{i}")];
        _pods = simulator.Objects.List(ResourceTypes.Pods);
    }

    /// <inheritdoc/>
    public string Kubeconfig { get; }

    /// <inheritdoc/>
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

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, int> Expected() => ExpectedCounts.Of(_simulator);

    /// <inheritdoc/>
    public Task ChangeAsync(int number)
    {
        _simulator.Objects.Change(_pods[(int)((number * 7919L) % _pods.Count)], ChangeStamp.Put);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public long MadeAt(long stamp) => stamp;

    /// <inheritdoc/>
    public Percentiles BareDelays(long from) => Percentiles.None;

    /// <inheritdoc/>
    public IReadOnlyList<RequestSum> Requests() => _simulator.Requests.Summary();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _simulator.DisposeAsync();
}
