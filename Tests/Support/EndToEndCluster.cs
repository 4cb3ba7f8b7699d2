using System.Text.Json.Nodes;
using MetaCollector.Simulator;
using MetaCollector.Testing.Api;
using MetaCollector.Testing.Processes;
using Xunit;

namespace MetaCollector.Tests.Support;

/// <summary>
/// An API server and one collector, as a process of its own: what an end-to-end test needs. The API server is a real one where
/// <c>METACOLLECTOR_TEST_KUBECONFIG</c> names its kubeconfig, else the simulator.
/// </summary>
public sealed class EndToEndCluster : IAsyncLifetime
{
    private const string RealKubeconfig = "METACOLLECTOR_TEST_KUBECONFIG";

    private readonly string _folder = Directory.CreateTempSubdirectory("metacollector-").FullName;
    private readonly bool _simulated;
    private readonly SimulatorOptions _options = new();
    private readonly Action<ApiServerSimulator>? _prepare;
    private readonly string[] _flags = [];
    private readonly IReadOnlyDictionary<string, string>? _environment;
    private ApiServerSimulator? _simulator;
    private ApiClient? _api;
    private CollectorProcess? _collector;

    /// <summary>For xunit: whatever API server there is.</summary>
    public EndToEndCluster() => _simulated = string.IsNullOrEmpty(Environment.GetEnvironmentVariable(RealKubeconfig));

    private EndToEndCluster(
        SimulatorOptions options, Action<ApiServerSimulator>? prepare, string[] flags, IReadOnlyDictionary<string, string>? environment)
    {
        (_simulated, _options, _prepare, _flags, _environment) = (true, options, prepare, flags, environment);
    }

    /// <summary>Changes objects.</summary>
    internal ApiClient Api => _api!;

    /// <summary>The simulator.</summary>
    internal ApiServerSimulator Simulator => _simulator ?? throw new InvalidOperationException("the API server is a real one");

    /// <summary>Whether controllers make ReplicaSets and Pods of Deployments.</summary>
    internal bool HasControllers => !_simulated;

    /// <summary>The collector.</summary>
    internal CollectorProcess Collector => _collector!;

    /// <summary>Starts one with the simulator, whatever the environment says.</summary>
    /// <param name="options">How the simulator behaves.</param>
    /// <param name="prepare">Fills it, before the collector starts.</param>
    /// <param name="flags">More flags of the collector.</param>
    internal static Task<EndToEndCluster> StartSimulatedAsync(
        SimulatorOptions? options = null, Action<ApiServerSimulator>? prepare = null, params string[] flags) =>
        StartSimulatedAsync(environment: null, options, prepare, flags);

    /// <summary>Starts one with the simulator, and variables that only the collector has.</summary>
    internal static async Task<EndToEndCluster> StartSimulatedAsync(
        IReadOnlyDictionary<string, string>? environment, SimulatorOptions? options, Action<ApiServerSimulator>? prepare, string[] flags)
    {
        var cluster = new EndToEndCluster(options ?? new SimulatorOptions(), prepare, flags, environment);
        await cluster.InitializeAsync();
        return cluster;
    }

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        var kubeconfig = Environment.GetEnvironmentVariable(RealKubeconfig)!;
        if (_simulated)
        {
            _simulator = await ApiServerSimulator.StartAsync(_options);
            _prepare?.Invoke(_simulator);
            kubeconfig = Path.Combine(_folder, "kubeconfig");
            await _simulator.WriteKubeconfigAsync(kubeconfig);
        }

        _api = new ApiClient(kubeconfig);
        _collector = CollectorProcess.Start(kubeconfig, _environment, _flags);
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        await _collector.WaitUntilReadyAsync(patience.Token);
    }

    /// <summary>Starts another collector beside the first, which may or may not become ready.</summary>
    internal async Task<CollectorProcess> StartAnotherAsync(params string[] flags)
    {
        var kubeconfig = Path.Combine(_folder, "another-kubeconfig");
        await Simulator.WriteKubeconfigAsync(kubeconfig);
        return CollectorProcess.Start(kubeconfig, _environment, flags);
    }

    /// <summary>Subscribes as Falco does; to some kinds only where they are given.</summary>
    internal Subscriber Subscribe(string node, params string[] kinds) => new(Collector.Broker, node, kinds.Length == 0 ? null : kinds);

    /// <summary>
    /// Creates a Deployment with pods on <paramref name="node"/>. A real cluster's controllers make its ReplicaSet and pods; for the
    /// simulator they are made here.
    /// </summary>
    /// <returns>Names of the ReplicaSet and of the pods.</returns>
    internal async Task<(string ReplicaSet, IReadOnlyList<string> Pods)> DeployAsync(string scope, string name, string node, int replicas = 1)
    {
        var deployment = await Api.CreateAsync(Manifest.Parse($$$"""
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: {{{name}}}, namespace: {{{scope}}}, labels: {tier: front}}
            spec:
              replicas: {{{replicas}}}
              selector: {matchLabels: {app: {{{name}}}}}
              template:
                metadata: {labels: {app: {{{name}}}}}
                spec: {nodeName: {{{node}}}, containers: [{name: c, image: nginx}]}
            """)[0]);
        if (!HasControllers) await MakeContentAsync(deployment, node, replicas);

        while (true)
        {
            var replicaSets = await Api.ListAsync("ReplicaSet", scope, $"?labelSelector=app={name}");
            var pods = await Api.ListAsync("Pod", scope, $"?labelSelector=app={name}");
            if (replicaSets.Count == 1 && pods.Count == replicas) return (NameOf(replicaSets[0]), [.. pods.Select(NameOf)]);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_collector is not null) await _collector.DisposeAsync();
        _api?.Dispose();
        if (_simulator is not null) await _simulator.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static string NameOf(JsonObject item) => (string)item["metadata"]!["name"]!;

    private async Task MakeContentAsync(JsonObject deployment, string node, int replicas)
    {
        var (scope, name) = ((string)deployment["metadata"]!["namespace"]!, NameOf(deployment));
        var replicaSet = await Api.CreateAsync(Manifest.Parse($$$"""
            apiVersion: apps/v1
            kind: ReplicaSet
            metadata:
              name: {{{name}}}-5fcbd9f566
              namespace: {{{scope}}}
              labels: {app: {{{name}}}, pod-template-hash: 5fcbd9f566}
              ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: {{{name}}}, uid: {{{(string)deployment["metadata"]!["uid"]!}}}, controller: true}]
            spec:
              replicas: {{{replicas}}}
              selector: {matchLabels: {app: {{{name}}}, pod-template-hash: 5fcbd9f566}}
              template:
                metadata: {labels: {app: {{{name}}}, pod-template-hash: 5fcbd9f566}}
                spec: {containers: [{name: c, image: nginx}]}
            """)[0]);
        for (var i = 0; i < replicas; i++)
        {
            await Api.CreateAsync(Manifest.Parse($$$"""
                apiVersion: v1
                kind: Pod
                metadata:
                  generateName: {{{name}}}-5fcbd9f566-
                  namespace: {{{scope}}}
                  labels: {app: {{{name}}}, pod-template-hash: 5fcbd9f566}
                  ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: {{{NameOf(replicaSet)}}}, uid: {{{(string)replicaSet["metadata"]!["uid"]!}}}, controller: true}]
                spec: {nodeName: {{{node}}}, containers: [{name: c, image: nginx}]}
                """)[0]);
        }
    }
}
