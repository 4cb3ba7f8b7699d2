using System.Security.Cryptography.X509Certificates;
using MetaCollector.Simulator.Access;
using MetaCollector.Simulator.Api;
using MetaCollector.Simulator.Churning;
using MetaCollector.Simulator.Clusters;
using MetaCollector.Simulator.Faults;
using MetaCollector.Simulator.Hosting;
using MetaCollector.Simulator.Http;
using MetaCollector.Simulator.Manifests;
using MetaCollector.Simulator.Objects;
using MetaCollector.Simulator.Resources;
using MetaCollector.Simulator.Storage;
using MetaCollector.Simulator.Traffic;

namespace MetaCollector.Simulator;

/// <summary>A Kubernetes API server in miniature, in this process, on a loopback port. All members are safe from any thread.</summary>
public sealed class ApiServerSimulator : IAsyncDisposable
{
    private readonly SimulatorOptions _options;
    private readonly Cluster _cluster;
    private readonly X509Certificate2? _certificate;
    private readonly bool _isFirst;
    private readonly ReadCache _cache;
    private readonly ApiPipeline _pipeline;
    private KestrelHost? _host;

    private ApiServerSimulator(SimulatorOptions options, Cluster cluster, X509Certificate2? certificate, bool first)
    {
        _options = options;
        _cluster = cluster;
        _certificate = certificate;
        _isFirst = first;
        _cache = new ReadCache(cluster.Store);
        var watches = new OpenWatches();
        Faults = new FaultInjection(watches, options.Clock);
        Requests = new RequestLog();
        var lists = new ListHandler(_cache, Faults, options.Clock, options.Patience);
        _pipeline = new ApiPipeline(
            options, Access, Faults, Requests, lists, new WatchHandler(_cache, lists, watches, Faults, options),
            new ObjectHandler(cluster.Store, lists, cluster.Creation, cluster.Changes, cluster.Deletion));
    }

    /// <summary>Where it listens, e.g. <c>http://127.0.0.1:41234</c>; the same after a restart.</summary>
    public string Url { get; private set; } = "";

    /// <summary>Whether it is listening.</summary>
    public bool IsUp => _host is not null;

    /// <summary>The objects, without HTTP.</summary>
    public ObjectOperations Objects => _cluster.Objects;

    /// <summary>Makes whole clusters.</summary>
    public ClusterGenerator Clusters => _cluster.Generator;

    /// <summary>What goes wrong on purpose.</summary>
    public FaultInjection Faults { get; }

    /// <summary>What clients asked for.</summary>
    public RequestLog Requests { get; }

    /// <summary>Who may do what.</summary>
    public AccessControl Access => _cluster.Access;

    /// <summary>A kubeconfig for it.</summary>
    public string Kubeconfig => Hosting.Kubeconfig.Write(Url, _options.Token, _certificate);

    /// <summary>Starts one.</summary>
    /// <param name="options">How it is to be; null for the defaults.</param>
    /// <param name="cancellation">Gives up starting.</param>
    /// <exception cref="ArgumentException">An option has a value that it cannot have.</exception>
    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<ApiServerSimulator> StartAsync(SimulatorOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new SimulatorOptions();
        options.Validate();
        var simulator = new ApiServerSimulator(
            options, new Cluster(options), options.Https ? SelfSignedCertificate.Create(options.Clock.GetUtcNow()) : null, first: true);
        await simulator.ListenAsync(options.Port, cancellation);
        return simulator;
    }

    /// <summary>
    /// Starts another server of the same cluster: the same objects, rights and certificate; a port, faults, requests and a read cache of its own.
    /// To be disposed before the first one.
    /// </summary>
    public async Task<ApiServerSimulator> StartAnotherAsync(CancellationToken cancellation = default)
    {
        var another = new ApiServerSimulator(_options, _cluster, _certificate, first: false);
        await another.ListenAsync(0, cancellation);
        return another;
    }

    /// <summary>
    /// Its read cache stands still at the present state until <see cref="CatchUp"/>: watches are silent, bookmarks and lists of <c>resourceVersion=0</c> are
    /// of that state, whoever asks for a newer version waits, then is told 504. Lists without a version, single objects and writes are up to date.
    /// </summary>
    public void FallBehind() => _cache.Hold();

    /// <summary>Its read cache follows again, after <see cref="FallBehind"/>.</summary>
    public void CatchUp() => _cache.Release();

    /// <summary>Writes <see cref="Kubeconfig"/> to a file.</summary>
    public Task WriteKubeconfigAsync(string path, CancellationToken cancellation = default) => File.WriteAllTextAsync(path, Kubeconfig, cancellation);

    /// <summary>Goes down: all connections are dropped, new ones are refused. The objects stay.</summary>
    public async Task StopAsync()
    {
        Faults.CutWatches();
        if (Interlocked.Exchange(ref _host, null) is { } host)
        {
            await host.DisposeAsync();
        }
    }

    /// <summary>Comes back after <see cref="StopAsync"/>, on the same port.</summary>
    /// <param name="state">The objects to come back with, as from a backup; null for those that were there.</param>
    /// <param name="cancellation">Gives up starting.</param>
    public async Task ResumeAsync(ClusterSnapshot? state = null, CancellationToken cancellation = default)
    {
        if (state is not null)
        {
            _cluster.Store.Restore(state.Store);
        }

        CatchUp();

        await ListenAsync(new Uri(Url).Port, cancellation);
    }

    /// <summary>Restarts: goes down, stays so for a while, comes back.</summary>
    /// <param name="down">How long it refuses connections.</param>
    /// <param name="state">The objects to come back with, as from a backup; null for those that were there.</param>
    /// <param name="cancellation">Gives up; the server may then be down.</param>
    public async Task RestartAsync(TimeSpan down = default, ClusterSnapshot? state = null, CancellationToken cancellation = default)
    {
        await StopAsync();
        await Task.Delay(down, _options.Clock, cancellation);
        await ResumeAsync(state, cancellation);
    }

    /// <summary>Keeps what is there changing until the answer is disposed. Objects that come later are left alone.</summary>
    /// <param name="perSecond">Object changes in a second.</param>
    /// <param name="mix">Which changes; null for those of an ordinary cluster.</param>
    /// <param name="seed">The same seed on the same objects makes the same changes, but for uids, which never come again.</param>
    /// <param name="changed">Told of each change, in the thread that makes it.</param>
    /// <param name="spared">A namespace whose pods are left alone; null for none.</param>
    public RunningChurn StartChurn(double perSecond, ChurnMix? mix = null, int seed = 1, Action<KubernetesObject>? changed = null, string? spared = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(perSecond);
        return new RunningChurn(new Churn(Objects, _options.Clock, mix ?? new ChurnMix(), seed, changed, spared), perSecond);
    }

    /// <summary>Creates the objects of a file or folder of YAML or JSON; namespaces first, missing ones included.</summary>
    /// <exception cref="FormatException">A file is not what it should be.</exception>
    /// <exception cref="IOException">There is no such file or folder.</exception>
    /// <exception cref="ApiException">An object is refused.</exception>
    /// <returns>How many objects were read.</returns>
    public int Load(string path)
    {
        var objects = ManifestFolder.Read(path);
        foreach (var one in objects.OrderBy(one => one.Kind == "Namespace" ? 0 : 1))
        {
            var ns = ObjectOperations.NamespaceOf(one);
            if (ns.Length > 0 && Objects.Get(ResourceTypes.Namespaces, "", ns) is null)
            {
                Objects.Create(Kube.Namespace(ns));
            }

            if (one.Kind != "Namespace" || Objects.Get(one) is null)
            {
                Objects.Create(one);
            }
        }

        return objects.Count;
    }

    /// <summary>Forgets all history: watches cannot start in the past, lists cannot go on (410 Expired). Open watches that have caught up live on.</summary>
    public void Compact() => _cluster.Store.Compact();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        if (_isFirst)
        {
            await _cluster.DisposeAsync();
            _certificate?.Dispose();
        }
    }

    private async Task ListenAsync(int port, CancellationToken cancellation)
    {
        var host = await KestrelHost.StartAsync(_pipeline.HandleAsync, port, _certificate, cancellation);
        Url = $"{(_certificate is null ? "http" : "https")}://127.0.0.1:{host.Port}";
        _host = host;
    }
}
