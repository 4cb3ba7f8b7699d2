using System.Net;
using MetaCollector.Simulator;
using MetaCollector.Simulator.Objects;
using MetaCollector.Testing.Chaos.Networking;
using MetaCollector.Testing.Processes;

namespace MetaCollector.Testing.Chaos;

/// <summary>One replica, and whether it is being disturbed.</summary>
internal sealed class ChaosReplica(CollectorProcess collector) : IAsyncDisposable
{
    private volatile bool _isDisturbed;
    private volatile bool _isServing;

    /// <summary>Its name in the <see cref="Network"/>; empty for one that is not behind cables.</summary>
    public string Name { get; private init; } = "";

    /// <summary>Its pod; null for one that is in none.</summary>
    public KubernetesObject? Pod { get; private init; }

    /// <summary>The process.</summary>
    public CollectorProcess Collector { get; } = collector;

    private Cable[] Cables { get; init; } = [];

    /// <summary>Starts one in a pod of its own, behind cables to the API server and to the other replicas.</summary>
    /// <param name="pod">Its pod, by whose name the network knows it.</param>
    /// <param name="folder">A folder of its own, for its files.</param>
    /// <param name="simulator">The API server.</param>
    /// <param name="network">Says what is cut.</param>
    /// <param name="replicaAt">Which replica a connection comes from: its port, and the port that it goes to.</param>
    /// <param name="settings">Flags beside those.</param>
    public static ChaosReplica Start(
        KubernetesObject pod, string folder, ApiServerSimulator simulator, Network network, Func<int, int, string> replicaAt, params string[] settings)
    {
        var apiServer = new Uri(simulator.Url);
        var toApiServer = new Cable(network, apiServer.Port, ChaosCluster.ApiServer, _ => pod.Name);
        // Others reach it by the cable; it listens elsewhere, which only Orleans' own settings can say.
        var listens = Ports.Free();
        Cable fromReplicas = null!;
        fromReplicas = new Cable(network, listens, pod.Name, port => replicaAt(port, fromReplicas.Port));
        Directory.CreateDirectory(folder);
        File.WriteAllText(
            Path.Combine(folder, "appsettings.json"),
            $"{{\"Orleans\": {{\"Endpoints\": {{\"SiloListeningEndpoint\": \"{new IPEndPoint(IPAddress.Loopback, listens)}\"}}}}}}");
        var kubeconfig = Path.Combine(folder, "kubeconfig");
        File.WriteAllText(kubeconfig, simulator.Kubeconfig.Replace(simulator.Url, $"http://127.0.0.1:{toApiServer.Port}", StringComparison.Ordinal));
        var collector = CollectorProcess.Start(
            kubeconfig,
            new Dictionary<string, string> { ["POD_NAME"] = pod.Name, ["POD_UID"] = pod.Uid },
            ["--clustering", "kubernetes", "--namespace", ControlPlane.Namespace, "--name", ControlPlane.Name, "--watch-idle-timeout", "10s", .. settings],
            folder: folder, siloPort: fromReplicas.Port);
        return new ChaosReplica(collector) { Name = pod.Name, Pod = pod, Cables = [toApiServer, fromReplicas] };
    }

    /// <summary>Whether something was done to it: its streams may break.</summary>
    public bool IsDisturbed
    {
        get => _isDisturbed;
        set => _isDisturbed = value;
    }

    /// <summary>Whether subscribers are sent to it: it was ready once, has not ended, and is not disturbed.</summary>
    public bool IsServing => _isServing && !_isDisturbed && !HasExited;

    /// <summary>Whether the process has ended.</summary>
    public bool HasExited => Collector.Process.HasExited;

    /// <summary>Waits until it is ready.</summary>
    public async Task UntilReadyAsync(CancellationToken cancellation)
    {
        await Collector.WaitUntilReadyAsync(cancellation);
        _isServing = true;
    }

    public async ValueTask DisposeAsync()
    {
        await Collector.DisposeAsync();
        foreach (var cable in Cables) await cable.DisposeAsync();
    }
}
