using System.Diagnostics.Metrics;
using MetaCollector.ApiServer;
using MetaCollector.Conversation.Sharing;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Informer;
using MetaCollector.Informer.Feeding;
using MetaCollector.Informer.Reading;
using MetaCollector.Informer.Storing;
using MetaCollector.Simulator;
using MetaCollector.Simulator.Resources;
using MetaCollector.Testing.Api;
using MetaCollector.Tests.Informer.Feeding;
using MetaCollector.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace MetaCollector.Tests.Informer.Reading;

/// <summary>The readers and the store against a simulated API server, in a term that feeds stand-ins for the grains.</summary>
internal sealed class ReadingRig : IAsyncDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly VersionPool _pool = Pools.Versions;
    private readonly Readers _readers;
    private readonly ApiServerAccess _access;

    private readonly ApiServerSimulator? _api;

    private ReadingRig(ApiServerSimulator? api, InformerOptions options, Func<ReadingRig, ApiServerAccess> access)
    {
        _api = api;
        Options = options;
        Store = new ResourceStore(options.Wanted, TimeProvider.System);
        Status = new InformerStatus();
        Status.Watch(options.Wanted, Store.CountOf, () => Store.Pending, () => 0);
        var metrics = new InformerMetrics(_services.GetRequiredService<IMeterFactory>(), Status, TimeProvider.System);
        _access = access(this);
        _readers = new Readers(_access.Connect(), Store, _pool, options, Status, metrics, new FaultsSeen().Faults, TimeProvider.System, Log);
        Term = LeaderTerms.Of(1, Fed.FeedAsync);
    }

    public ApiServerSimulator Api => _api!;

    public InformerOptions Options { get; }

    public ResourceStore Store { get; }

    public InformerStatus Status { get; }

    public FedNamespaces Fed { get; } = new();

    public RecordingLogger Log { get; } = new();

    public LeaderTerm Term { get; }

    /// <summary>Where set, the kubeconfig that is read next, in place of the simulator's own.</summary>
    public string? Kubeconfig { get; set; }

    /// <summary>Options under which everything that takes minutes takes seconds.</summary>
    public static InformerOptions Impatient => new()
    {
        WatchIdleTimeout = TimeSpan.FromSeconds(5),
        LongestPause = TimeSpan.FromMilliseconds(500),
        RefusalGrace = TimeSpan.FromMilliseconds(300),
        RefusalRetry = TimeSpan.FromMilliseconds(500),
    };

    public static ReadingRig Over(ApiServerSimulator api, InformerOptions? options = null) => new(
        api, options ?? Impatient, rig => Accesses.Of(() => Accesses.Settings(rig.Kubeconfig ?? api.Kubeconfig), rig.Log));

    /// <summary>The same by another way to it.</summary>
    public static ReadingRig By(ApiServerAccess access, ApiServerSimulator api, InformerOptions? options = null) => new(api, options ?? Impatient, _ => access);

    /// <summary>The same behind a proxy, whatever server stands behind that.</summary>
    public static ReadingRig Behind(ApiProxy proxy, InformerOptions options) =>
        new(null, options, rig => Accesses.Of(() => Accesses.Settings(proxy.Kubeconfig), rig.Log));

    /// <summary>Begins to read, and waits until everything is fed.</summary>
    public async Task<ReadingRig> InSyncAsync()
    {
        Start();
        await Term.Synced.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        if (_api is not null) await CaughtUpAsync();
        return this;
    }

    /// <summary>Begins to read.</summary>
    public void Start()
    {
        Store.BeginTerm(Term);
        _readers.Start();
    }

    /// <summary>Waits until what was fed is what the API server holds.</summary>
    public Task CaughtUpAsync() => Eventually.HoldsAsync(() => Difference().Count == 0, "what is fed is what the API server holds",
        () => string.Join("; ", Difference().Take(5)) + " | " + string.Join(" | ", Log.Lines.TakeLast(5)));

    /// <summary>Waits until every kind is watched.</summary>
    public Task WatchingAsync() => Eventually.HoldsAsync(
        () => Api.Requests.OpenWatches.Select(watch => watch.Resource).Distinct().Count() == Options.Wanted.Kinds().Count(),
        "every kind is watched", () => string.Join(", ", Api.Requests.OpenWatches));

    /// <summary>Waits until the status says that every kind is watched.</summary>
    public Task AllWatchingAsync() => Eventually.HoldsAsync(
        () => Status.Kinds.All(kind => kind.State == KindState.Watching), "the status says that every kind is watched",
        () => string.Join(", ", Status.Kinds));

    public async ValueTask DisposeAsync()
    {
        Store.EndTerm();
        await _readers.DisposeAsync();
        _access.Dispose();
        await _services.DisposeAsync();
    }

    private List<string> Difference()
    {
        var expected = ResourceTypes.All
            .SelectMany(type => Api.Objects.List(type))
            .Select(Kept.Of).OfType<Resource>()
            .Where(resource => Store.Listed.Contains(resource.Kind))
            .ToDictionary(resource => resource.Uid);
        var held = Fed.Everything();
        return
        [
            .. expected.Values.Where(resource => !held.ContainsKey(resource.Uid)).Select(resource => $"missing {resource}"),
            .. held.Values.Where(resource => !expected.ContainsKey(resource.Uid)).Select(resource => $"extra {resource}"),
            .. expected.Values.Where(resource => held.TryGetValue(resource.Uid, out var other) && !other.Equals(resource))
                .Select(resource => $"expected {resource}, but held {held[resource.Uid]}"),
        ];
    }
}
