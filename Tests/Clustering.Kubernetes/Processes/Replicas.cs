using System.Text.Json.Nodes;
using MetaCollector.Simulator;
using MetaCollector.Simulator.Resources;
using MetaCollector.Testing.Processes;
using Xunit;
using static MetaCollector.Simulator.Objects.Kube;

namespace MetaCollector.Tests.Clustering.Kubernetes.Processes;

/// <summary>Replicas as processes of their own, each in a pod that the simulator knows, and what the API server sees of them.</summary>
internal sealed class Replicas : IAsyncDisposable
{
    private const string Namespace = "default";
    private const string Name = "metacollector";

    private readonly ApiServerSimulator _simulator;
    private readonly string _kubeconfig;
    private readonly HttpClient _http = new();
    private readonly List<Replica> _all = [];

    private Replicas(ApiServerSimulator simulator, string kubeconfig) => (_simulator, _kubeconfig) = (simulator, kubeconfig);

    public static async Task<Replicas> CreateAsync()
    {
        var simulator = await ApiServerSimulator.StartAsync(new SimulatorOptions { Token = "secret" });
        var kubeconfig = Path.GetTempFileName();
        await simulator.WriteKubeconfigAsync(kubeconfig);
        return new(simulator, kubeconfig);
    }

    /// <summary>The term in the Lease; 0 where there is none.</summary>
    public long Term => Lease is { } lease ? (long?)lease["spec"]!["leaseTransitions"] ?? 0 : 0;

    private JsonNode? Lease => _simulator.Objects.Get(ResourceTypes.Leases, Namespace, Name) is { } lease ? lease.ToJsonObject() : null;

    /// <summary>Starts a replica in a new pod.</summary>
    public Replica Start()
    {
        var pod = _simulator.Objects.Create(Pod($"{Name}-{Guid.NewGuid():N}"[..24]).In(Namespace).WithIP("127.0.0.1"));
        int silo = Ports.Free(), probes = Ports.Free();
        var process = ChildProcess.Start(
            Path.Combine(AppContext.BaseDirectory, "metacollector.dll"),
            [
                "run", "--kubeconfig", _kubeconfig, "--clustering", "kubernetes", "--namespace", Namespace, "--name", Name,
                "--silo-address", "127.0.0.1", "--silo-port", $"{silo}", "--broker-bind-address", $"127.0.0.1:{Ports.Free()}",
                "--health-probe-bind-address", $"127.0.0.1:{probes}", "--metrics-bind-address", "0", "--inspect-bind-address", "", "--dashboard-bind-address", "",
            ],
            new Dictionary<string, string> { ["POD_NAME"] = pod.Name, ["POD_UID"] = pod.Uid });
        var replica = new Replica(process, silo, probes, () => _simulator.Objects.Delete(pod));
        _all.Add(replica);
        return replica;
    }

    /// <summary>A replica's status in the table; null where it has no row.</summary>
    public string? StatusOf(Replica replica)
    {
        if (_simulator.Objects.Get(ResourceTypes.ConfigMaps, Namespace, Name) is not { } item) return null;
        var table = JsonNode.Parse((string)item.ToJsonObject()["data"]!["membership.json"]!)!;
        return (string?)table["silos"]!.AsArray().FirstOrDefault(row => ((string)row!["silo"]!).Contains($":{replica.SiloPort}@", StringComparison.Ordinal))?["status"];
    }

    public bool Leads(Replica replica) => ((string?)Lease?["spec"]!["holderIdentity"])?.Contains($":{replica.SiloPort}@", StringComparison.Ordinal) == true;

    public async Task<bool> IsReadyAsync(Replica replica)
    {
        try
        {
            using var answer = await _http.GetAsync(new Uri($"http://127.0.0.1:{replica.ProbePort}/readyz"));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            Assert.False(replica.Process.HasExited, replica.Process.Tail);
            return false;
        }
    }

    public Task StopApiServerAsync() => _simulator.StopAsync();

    public Task ResumeApiServerAsync() => _simulator.ResumeAsync();

    public void DeleteTable() => _simulator.Objects.Delete(_simulator.Objects.Get(ResourceTypes.ConfigMaps, Namespace, Name)!);

    public void DeleteLease() => _simulator.Objects.Delete(_simulator.Objects.Get(ResourceTypes.Leases, Namespace, Name)!);

    public async ValueTask DisposeAsync()
    {
        foreach (var replica in _all) await replica.Process.DisposeAsync();
        _http.Dispose();
        await _simulator.DisposeAsync();
        File.Delete(_kubeconfig);
    }
}

internal sealed record Replica(ChildProcess Process, int SiloPort, int ProbePort, Action DeletePod);
