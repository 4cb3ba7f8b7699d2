using System.Text.Json.Nodes;
using MetaCollector.Simulator;
using MetaCollector.Simulator.Objects;
using MetaCollector.Simulator.Resources;
using MetaCollector.Simulator.Traffic;
using MetaCollector.Testing.Processes;
using Xunit;
using static MetaCollector.Simulator.Objects.Kube;

namespace MetaCollector.Tests.Clustering.Kubernetes.Processes;

/// <summary>Replicas as processes of their own, each in a pod that the simulator knows, and what the API server sees of them.</summary>
internal sealed class Replicas : IAsyncDisposable
{
    private const string Namespace = "default";
    private const string Name = "metacollector";
    private const string Label = "app.kubernetes.io/name";

    private readonly ApiServerSimulator _simulator;
    private readonly string _kubeconfig;
    private readonly HttpClient _http = new();
    private readonly bool _isLabelled;
    private readonly List<Replica> _all = [];

    private Replicas(ApiServerSimulator simulator, string kubeconfig, bool isLabelled) =>
        (_simulator, _kubeconfig, _isLabelled) = (simulator, kubeconfig, isLabelled);

    /// <summary>An API server without replicas.</summary>
    /// <param name="isLabelled">Whether replicas are told by which labels to find each other's pods.</param>
    public static async Task<Replicas> CreateAsync(bool isLabelled = true)
    {
        var simulator = await ApiServerSimulator.StartAsync(new SimulatorOptions { Token = "secret" });
        var kubeconfig = Path.GetTempFileName();
        await simulator.WriteKubeconfigAsync(kubeconfig);
        return new(simulator, kubeconfig, isLabelled);
    }

    /// <summary>The term in the Lease; 0 where there is none.</summary>
    public long Term => Lease is { } lease ? (long?)lease["spec"]!["leaseTransitions"] ?? 0 : 0;

    private JsonNode? Lease => _simulator.Objects.Get(ResourceTypes.Leases, Namespace, Name) is { } lease ? lease.ToJsonObject() : null;

    /// <summary>Starts a replica in a new pod.</summary>
    public Replica Start()
    {
        var pod = _simulator.Objects.Create(Pod($"{Name}-{Guid.NewGuid():N}"[..24]).In(Namespace).WithIP("127.0.0.1").Labelled((Label, Name)));
        return Start(pod, Ports.Free(), Ports.Free(), Ports.Free(), new Dictionary<string, string>());
    }

    /// <summary>Starts a container anew in the pod of a replica whose process has ended.</summary>
    /// <param name="former">The replica.</param>
    /// <param name="environment">Variables that it did not have.</param>
    public Replica Restart(Replica former, IReadOnlyDictionary<string, string> environment) =>
        Start(former.Pod, former.SiloPort, former.ProbePort, former.BrokerPort, environment);

    private Replica Start(KubernetesObject pod, int silo, int probes, int broker, IReadOnlyDictionary<string, string> environment)
    {
        var process = ChildProcess.Start(
            Path.Combine(AppContext.BaseDirectory, "metacollector.dll"),
            [
                "run", "--kubeconfig", _kubeconfig, "--clustering", "kubernetes", "--namespace", Namespace, "--name", Name,
                .. _isLabelled ? (string[])["--pod-labels", $"{Label}={Name}"] : [], "--drain-time", "5s", "--silo-address", "127.0.0.1", "--silo-port", $"{silo}", "--broker-bind-address", $"127.0.0.1:{broker}",
                "--health-probe-bind-address", $"127.0.0.1:{probes}", "--metrics-bind-address", "0", "--inspect-bind-address", "", "--dashboard-bind-address", "",
            ],
            new Dictionary<string, string>(environment) { ["POD_NAME"] = pod.Name, ["POD_UID"] = pod.Uid });
        var replica = new Replica(process, silo, probes, broker, pod, () => _simulator.Objects.Delete(pod));
        _all.Add(replica);
        return replica;
    }

    /// <summary>A replica's status in the table; null where it has no row.</summary>
    public string? StatusOf(Replica replica) => StatusesOf(replica) is [var first, ..] ? first : null;

    /// <summary>The statuses in all rows of a replica's address, one for each time that it was started.</summary>
    public IReadOnlyList<string> StatusesOf(Replica replica)
    {
        if (_simulator.Objects.Get(ResourceTypes.ConfigMaps, Namespace, Name) is not { } item) return [];
        var table = JsonNode.Parse((string)item.ToJsonObject()["data"]!["membership.json"]!)!;
        return [.. table["silos"]!.AsArray().Where(row => ((string)row!["silo"]!).Contains($":{replica.SiloPort}@", StringComparison.Ordinal)).Select(row => (string)row!["status"]!)];
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

    /// <summary>Takes what a deleted namespace takes: the table, the Lease, and every right in it.</summary>
    public void DeleteNamespace()
    {
        foreach (var resource in (string[])["configmaps", "leases"]) _simulator.Access.Forbid("*", resource);
        DeleteTable();
        DeleteLease();
    }

    /// <summary>Connections stay, and new ones are taken, but not a byte comes any more.</summary>
    public void SilenceApiServer()
    {
        _simulator.Faults.FreezeWatches();
        _simulator.Faults.Delay(TimeSpan.FromHours(1));
    }

    /// <summary>What was asked of the API server about the pods of this namespace alone: the informer asks about all namespaces.</summary>
    public IReadOnlyList<RequestRecord> PodRequests => [.. _simulator.Requests.All.Where(request => request.Path.Contains($"/namespaces/{Namespace}/pods", StringComparison.Ordinal))];

    /// <summary>Creates pods of a DaemonSet that is not ours.</summary>
    public IReadOnlyList<KubernetesObject> AddForeignPods(int count) =>
        [.. Enumerable.Range(0, count).Select(i => _simulator.Objects.Create(
            Pod($"agent-{i:00000}").In(Namespace).On($"node-{i:00000}").Labelled((Label, "agent")).Annotated(("padding", new string('x', 4000)))))];

    /// <summary>Changes a pod.</summary>
    public void Touch(KubernetesObject pod) => _simulator.Objects.Update(pod.Annotated(("touched", $"{Guid.NewGuid()}")));

    /// <summary>A pod of a workload, bound to a node.</summary>
    public void AddPod(string name, string node) => _simulator.Objects.Create(Pod(name).In(Namespace).On(node).WithIP("10.0.0.7"));

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

internal sealed record Replica(ChildProcess Process, int SiloPort, int ProbePort, int BrokerPort, KubernetesObject Pod, Action DeletePod);
