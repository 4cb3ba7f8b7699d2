using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using MetaCollector.Benchmarks.Reporting;
using MetaCollector.Simulator.Clusters;
using MetaCollector.Simulator.Objects;
using MetaCollector.Simulator.Traffic;
using MetaCollector.Testing.Api;

namespace MetaCollector.Benchmarks.Load.Server;

/// <summary>
/// A cluster like that of the simulator, on a real API server: nodes and namespaces of its own, with workloads, pods and services in
/// them; no kubelet and no controller is needed. The delay of a change begins with the API server's answer to its PATCH.
/// </summary>
internal sealed class ServerCluster : ILoadCluster
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    // So many requests at once as a server with few cores answers without refusing any.
    private static readonly ParallelOptions Several = new() { MaxDegreeOfParallelism = 16 };

    private readonly ApiClient _api;
    private readonly ServerObjects _objects = new($"load-{Guid.NewGuid().ToString("N")[..6]}");
    private readonly ConcurrentDictionary<long, long> _answered = new();
    private readonly ConcurrentBag<JsonObject> _stored = [];
    private readonly List<string> _namespaces = [];
    private ApiProxy? _proxy;
    private BareWatch? _bare;
    private (string Namespace, string Name)[] _pods = [];

    private ServerCluster(string kubeconfig, LoadShape shape)
    {
        (Kubeconfig, _api) = (kubeconfig, new ApiClient(kubeconfig));
        Nodes = [.. Enumerable.Range(0, shape.Nodes).Select(i => _objects.NameOf($"node-{i}"))];
    }

    public string Kubeconfig { get; private set; }

    public IReadOnlyList<string> Nodes { get; }

    /// <summary>The API server, without anything between.</summary>
    public ApiClient Api => _api;

    /// <summary>What was counted; null where nothing counts.</summary>
    public ApiProxy? Counting => _proxy;

    /// <summary>The objects as they were created, without status.</summary>
    public IEnumerable<JsonObject> Stored => _stored;

    /// <summary>Makes the cluster.</summary>
    /// <param name="shape">How large.</param>
    /// <param name="kubeconfig">Of the API server; it has to allow everything.</param>
    /// <param name="counting">File for a kubeconfig that leads through a proxy that counts; null for no such proxy.</param>
    /// <param name="cancellation">Gives up; what was made by then is deleted.</param>
    public static async Task<ServerCluster> CreateAsync(LoadShape shape, string kubeconfig, string? counting, CancellationToken cancellation)
    {
        var cluster = new ServerCluster(kubeconfig, shape);
        try
        {
            if (!shape.IsEmpty) await cluster.FillAsync(shape, cancellation);
            if (counting is not null)
            {
                cluster._proxy = await ApiProxy.StartAsync(kubeconfig, cancellation);
                await cluster._proxy.WriteKubeconfigAsync(counting, cancellation);
                cluster.Kubeconfig = counting;
            }
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }

        return cluster;
    }

    public IReadOnlyDictionary<string, int> Expected() => ExpectedCounts.Of(_stored);

    public async Task ChangeAsync(int number)
    {
        var (scope, name) = _pods[(int)((number * 7919L) % _pods.Length)];
        var stamp = Stopwatch.GetTimestamp();
        var (key, value) = ChangeStamp.New(stamp);
        _answered[stamp] = await _api.LabelledAtAsync("Pod", scope, name, (key, value));
    }

    public long MadeAt(long stamp) => _answered[stamp];

    public Percentiles BareDelays(long from) => _bare?.Delays(from, MadeAt) ?? Percentiles.None;

    public IReadOnlyList<RequestSum> Requests() => _proxy?.Requests.Summary() ?? [];

    public async ValueTask DisposeAsync()
    {
        if (_bare is not null) await _bare.DisposeAsync();
        if (_proxy is not null) await _proxy.DisposeAsync();
        await Parallel.ForEachAsync(_namespaces, Several, async (scope, _) =>
        {
            foreach (var kind in ServerObjects.NamespacedKinds) await _api.DeleteAllAsync(kind, scope);
            await _api.DeleteAsync("Namespace", null, scope);
        });
        if (_stored.Any(item => (string)item["kind"]! == "Node")) await Parallel.ForEachAsync(Nodes, Several, async (node, _) => await _api.DeleteAsync("Node", null, node));
        await FinishNamespacesAsync();
        _api.Dispose();
    }

    private async Task FillAsync(LoadShape shape, CancellationToken cancellation)
    {
        var model = new List<KubernetesObject> { Kube.Namespace("kube-system") };
        new ClusterGenerator(model.Add, TimeProvider.System.GetUtcNow).Generate(shape.Nodes, shape.PodsPerNode, shape.Namespaces);
        var scopes = model.Where(item => item.Kind == "Namespace").Select(item => _objects.NameOf(item.Name)).ToList();
        foreach (var stage in model.GroupBy(item => ServerObjects.StageOf(item.Kind)).OrderBy(stage => stage.Key))
        {
            await Parallel.ForEachAsync(stage, Several, (item, _) => CreateAsync(item));
            if (stage.Key != 0) continue;
            _namespaces.AddRange(scopes);
            await Parallel.ForEachAsync(scopes, Several, (scope, _) => AccountAsync(scope));
        }

        _bare = new BareWatch(_api, _stored.Max(item => long.Parse((string)item["metadata"]!["resourceVersion"]!, CultureInfo.InvariantCulture)));
        _pods = [.. _stored.Where(item => (string)item["kind"]! == "Pod").Select(KeyOf).Order()];
        cancellation.ThrowIfCancellationRequested();
    }

    private async ValueTask CreateAsync(KubernetesObject model)
    {
        var (item, status) = _objects.Of(model);
        var stored = await _api.CreateAsync(item);
        _objects.Note(model.Uid, stored);
        _stored.Add(stored);
        var (scope, name) = KeyOf(stored);
        if (status is not null) await _api.PatchAsync(model.Kind, scope, name, new JsonObject { ["status"] = status }, "status");
    }

    // No pod is let in without an account; where there is a controller for it, it comes first or second.
    private async ValueTask AccountAsync(string scope)
    {
        try
        {
            await _api.CreateAsync(new JsonObject
            {
                ["apiVersion"] = "v1", ["kind"] = "ServiceAccount", ["metadata"] = new JsonObject { ["name"] = "default", ["namespace"] = scope },
            });
        }
        catch (InvalidOperationException)
        {
            await _api.GetAsync("ServiceAccount", scope, "default");
        }
    }

    // An API server without controllers leaves it to others to say that nothing is left in a namespace.
    private async Task FinishNamespacesAsync()
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            var left = (await _api.ListAsync("Namespace")).Where(item => _namespaces.Contains(KeyOf(item).Name)).ToList();
            if (left.Count == 0) return;
            if (Stopwatch.GetElapsedTime(began) > Patience)
            {
                foreach (var item in left)
                {
                    (item["kind"], item["apiVersion"], item["spec"]) = ("Namespace", "v1", new JsonObject { ["finalizers"] = new JsonArray() });
                    await _api.ReplaceAsync(item, "finalize");
                }

                return;
            }

            await Task.Delay(TimeSpan.FromSeconds(1));
        }
    }

    private static (string Namespace, string Name) KeyOf(JsonObject item) =>
        ((string?)item["metadata"]!["namespace"] ?? "", (string)item["metadata"]!["name"]!);
}
