using System.Globalization;
using System.Text;
using k8s;
using MetaCollector.Simulator;
using MetaCollector.Simulator.Documents;
using MetaCollector.Simulator.Faults;
using MetaCollector.Simulator.Objects;
using MetaCollector.Simulator.Resources;
using MetaCollector.Simulator.Traffic;
using MetaCollector.Testing.Api;
using Xunit;
using KubernetesObject = MetaCollector.Simulator.Objects.KubernetesObject;

namespace MetaCollector.Tests.Support;

/// <summary>
/// The API server that a test of its answers asks: the real one whose kubeconfig <c>METACOLLECTOR_TEST_KUBECONFIG</c> names, in a namespace of the
/// test's own that goes with it; else the simulator, in <c>default</c>. Everything goes over the wire, so that what is true of one can be held against
/// the other. A real server needs its controller manager, and no nodes.
/// </summary>
internal sealed class AnyServer : IAsyncDisposable
{
    private static readonly string? Kubeconfig = Environment.GetEnvironmentVariable("METACOLLECTOR_TEST_KUBECONFIG") is { Length: > 0 } file ? file : null;

    private readonly ApiServerSimulator? _simulator;
    private readonly Kubernetes _kubernetes;
    private readonly List<KubernetesObject> _ownNamespaces = [];
    private ApiProxy? _proxy;

    private AnyServer(ApiServerSimulator? simulator, Kubernetes kubernetes, string scope) =>
        (_simulator, _kubernetes, Namespace, Api) = (simulator, kubernetes, scope, new RawClient(kubernetes));

    /// <summary>Whether tests ask a real server.</summary>
    public static bool IsReal => Kubeconfig is not null;

    /// <summary>The namespace of the test.</summary>
    public string Namespace { get; }

    /// <summary>Asks it, with the rights to do everything.</summary>
    public RawClient Api { get; private set; }

    public string ConfigMaps => PathOf(ResourceTypes.ConfigMaps);

    /// <summary>Objects that nobody but the test makes, changes or checks.</summary>
    public string Leases => PathOf(ResourceTypes.Leases);

    public string Pods => PathOf(ResourceTypes.Pods);

    /// <summary>What goes wrong on the way to <see cref="Api"/>: the simulator's own faults, or those of the proxy before a real server.</summary>
    public FaultInjection Faults => _simulator?.Faults ?? _proxy!.Faults;

    /// <summary>What was asked by <see cref="Api"/> where <see cref="StartWithFaultsAsync"/> started it.</summary>
    public RequestLog Requests => _simulator?.Requests ?? _proxy!.Requests;

    /// <summary>Skips the test where a real server is asked.</summary>
    /// <param name="does">What only the simulator does.</param>
    public static void NeedsSimulator(string does) => Assert.SkipWhen(IsReal, $"only the simulator {does}");

    /// <summary>Skips the test where a real server is asked that is too young to have forgotten its first version.</summary>
    public static void NeedsHistoryForgotten(bool isKnown) => Assert.SkipWhen(IsReal && isKnown, "the server still knows its first version");

    /// <summary>Connects to the real one, or starts a simulator.</summary>
    /// <param name="options">How the simulator is to be. A real server is as it is.</param>
    public static async Task<AnyServer> StartAsync(SimulatorOptions? options = null)
    {
        if (Kubeconfig is null)
        {
            var simulator = await ApiServerSimulator.StartAsync(options, RawClient.Cancellation);
            return new AnyServer(simulator, Connect(simulator.Kubeconfig), "default");
        }

        var configuration = KubernetesClientConfiguration.BuildConfigFromConfigFile(Kubeconfig);
        var server = new AnyServer(null, new Kubernetes(configuration), $"metacollector-test-{Guid.NewGuid():n}"[..30]);
        await server.CreateAsync(Kube.Namespace(server.Namespace));
        // Pods need it, and the controller that makes it takes its time.
        await server.Api.PostAsync($"/api/v1/namespaces/{server.Namespace}/serviceaccounts", """{"metadata":{"name":"default"}}""");
        return server;
    }

    /// <summary>The same, with <see cref="Faults"/>.</summary>
    public static async Task<AnyServer> StartWithFaultsAsync(SimulatorOptions? options = null)
    {
        var server = await StartAsync(options);
        if (Kubeconfig is not null)
        {
            server._proxy = await ApiProxy.StartAsync(Kubeconfig, RawClient.Cancellation);
            server.Api = new RawClient(server._proxy.Url.ToString());
        }

        return server;
    }

    /// <summary>Asks it as an account without rights.</summary>
    /// <param name="account">The name of the account.</param>
    /// <param name="rights">What it may not do: a real account may do nothing, a simulated one everything but this.</param>
    public async Task<RawClient> WithoutRightsAsync(string account, params string[] rights)
    {
        if (_simulator is not null)
        {
            foreach (var right in rights) _simulator.Access.Forbid(right.Split(' ')[0], right.Split(' ')[1]);
            return new RawClient(_simulator) { Token = "t" };
        }

        var accounts = PathOf(ResourceTypes.ByName("serviceaccounts"));
        await Api.PostAsync(accounts, $$$"""{"metadata":{"name":"{{{account}}}"}}""");
        var token = await Api.PostAsync($"{accounts}/{account}/token", """{"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","spec":{}}""");
        var configuration = KubernetesClientConfiguration.BuildConfigFromConfigFile(Kubeconfig);
        return new RawClient(new Kubernetes(new KubernetesClientConfiguration { Host = configuration.Host, SslCaCerts = configuration.SslCaCerts }))
        {
            Token = token.Json.At("status", "token")!.Text,
        };
    }

    /// <summary>A proxy before it, of the test's own.</summary>
    public Task<ApiProxy> StartProxyAsync() => _simulator is null
        ? ApiProxy.StartAsync(Kubeconfig!, RawClient.Cancellation)
        : ApiProxy.StartAsync([_simulator], RawClient.Cancellation);

    /// <summary>The path of all objects of a kind in the test's namespace; of everywhere, for kinds without.</summary>
    public string PathOf(ResourceType type, string? ns = null) =>
        (type.Group.Length == 0 ? "/api/v1/" : $"/apis/{type.ApiVersion}/") + (type.Namespaced ? $"namespaces/{ns ?? Namespace}/" : "") + type.Plural;

    /// <summary>The path of an object.</summary>
    public string PathOf(KubernetesObject one) => $"{PathOf(one.Type, ScopeOf(one))}/{one.Name}";

    /// <summary>Creates an object, in the test's namespace where it names none, and gives it its status.</summary>
    /// <returns>It as it is stored.</returns>
    public async Task<KubernetesObject> CreateAsync(KubernetesObject one)
    {
        var wanted = (one.Type.Namespaced ? one.In(ScopeOf(one)) : one).Unset("metadata.uid");
        var created = await TakenAsync("POST", PathOf(one.Type, ScopeOf(one)), wanted.Document);
        if (one.Type == ResourceTypes.Namespaces && _simulator is null) _ownNamespaces.Add(created);
        return one.Document["status"] is { } status ? await StatusAsync(created.With("status", status)) : created;
    }

    /// <summary>Changes an object as it stands now.</summary>
    public async Task<KubernetesObject> ChangeAsync(KubernetesObject one, Func<KubernetesObject, KubernetesObject> change)
    {
        var current = await TakenAsync("GET", PathOf(one), null);
        var wanted = change(current);
        var changed = await TakenAsync("PUT", PathOf(one), wanted.Document);
        return JsonComparison.Same(wanted.Document["status"], current.Document["status"])
            ? changed
            : await StatusAsync(changed.With("status", wanted.Document["status"]!));
    }

    /// <summary>Puts a pod on a node, as a scheduler does.</summary>
    public async Task BindAsync(KubernetesObject pod, string node)
    {
        if (_simulator is not null)
        {
            _simulator.Objects.Change(pod, one => one.On(node));
            return;
        }

        var binding = $$$"""{"metadata":{"name":"{{{pod.Name}}}"},"target":{"apiVersion":"v1","kind":"Node","name":"{{{node}}}"}}""";
        Assert.Equal(201, (await Api.PostAsync(PathOf(pod) + "/binding", binding)).Code);
    }

    /// <summary>Deletes an object; a pod at once.</summary>
    public Task DeleteAsync(KubernetesObject one) =>
        SendAsync("DELETE", PathOf(one), one.Kind == "Pod" ? """{"gracePeriodSeconds":0}""" : null);

    /// <summary>Has the kubelet stop a pod that was deleted; the simulator's does it by itself.</summary>
    public Task StopAsync(KubernetesObject pod) => _simulator is null ? DeleteAsync(pod) : Task.CompletedTask;

    /// <summary>The resourceVersion of now. Others may make a newer one at any time, where the server is a real one.</summary>
    public async Task<long> VersionAsync() => long.Parse((await Api.GetAsync(Leases)).Version!, CultureInfo.InvariantCulture);

    public async ValueTask DisposeAsync()
    {
        using (Api) using (_kubernetes)
        {
            using var direct = new RawClient(_kubernetes);
            foreach (var one in _ownNamespaces)
            {
                // No kubelet would ever say that its pods have stopped.
                await direct.DeleteAnywayAsync(PathOf(ResourceTypes.Pods, one.Name) + "?gracePeriodSeconds=0");
                await direct.DeleteAnywayAsync(PathOf(one));
            }
        }

        if (_proxy is not null) await _proxy.DisposeAsync();
        if (_simulator is not null) await _simulator.DisposeAsync();
    }

    private static Kubernetes Connect(string kubeconfig) =>
        new(KubernetesClientConfiguration.BuildConfigFromConfigFile(new MemoryStream(Encoding.UTF8.GetBytes(kubeconfig))));

    private string ScopeOf(KubernetesObject one) => one.Namespace is "" or "default" ? Namespace : one.Namespace;

    private Task<KubernetesObject> StatusAsync(KubernetesObject one) => TakenAsync("PUT", PathOf(one) + "/status", one.Document);

    private async Task<KubernetesObject> TakenAsync(string method, string path, Json? body) =>
        new((JsonMap)(await SendAsync(method, path, body?.ToString())).Json);

    private async Task<Answer> SendAsync(string method, string path, string? body)
    {
        var answer = await Api.SendAsync(method, path, body);
        Assert.True(answer.Code is 200 or 201, $"{method} {path}: {answer.Code} {answer.Message}");
        return answer;
    }
}

/// <summary>Words for objects that a real server has to take, and is to leave alone.</summary>
internal static class AcceptableObjects
{
    /// <summary>A pod that no scheduler looks at.</summary>
    public static KubernetesObject Unscheduled(this KubernetesObject pod) => pod.Set("spec.schedulerName", "nobody");

    /// <summary>A workload with what it must have: labels that it selects by, and pods of it, of which it wants none.</summary>
    public static KubernetesObject WithTemplate(this KubernetesObject workload)
    {
        var labels = new JsonMap(("app", workload.Name));
        var template = new JsonMap(("metadata", new JsonMap(("labels", labels))), ("spec", Kube.Pod("p").Document["spec"]!));
        return (workload.Kind == "DaemonSet" ? workload : workload.With("spec.replicas", 0)).Selecting(("app", workload.Name)).With("spec.template", template);
    }
}
