using MetaCollector.Conversation.Leadership;
using MetaCollector.Grains;
using MetaCollector.Grains.Interfaces;
using MetaCollector.Grains.Interfaces.Bundles;
using MetaCollector.Grains.Interfaces.Inspection;
using MetaCollector.Grains.Interfaces.Leadership;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;
using MetaCollector.Grains.Placement;
using MetaCollector.Silo.Inspecting;
using MetaCollector.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.TestingHost;
using Xunit;

namespace MetaCollector.Tests.Grains.Hosting;

/// <summary>Two silos with the grains, directory and placement of production, and a leader on the first that does as the test says.</summary>
public sealed class SiloFixture : IAsyncLifetime
{
    // Silos of a test cluster are configured by a type, not by an object: this is how it finds the leader.
    private static readonly ScriptedLeader TheLeader = new();

    private static readonly FaultsSeen TheFaults = new();

    private TestCluster? _cluster;

    internal IGrainFactory Grains => Services.First().GetRequiredService<IGrainFactory>();

    internal ScriptedLeader Leader { get; } = TheLeader;

    /// <summary>Looks into the cluster, from the first silo.</summary>
    internal Inspector Inspector => ActivatorUtilities.CreateInstance<Inspector>(Services.First());

    /// <summary>The first silo's line to the bundle service of each.</summary>
    internal ISilos<IBundleService> Bundles => Services.First().GetRequiredService<ISilos<IBundleService>>();

    /// <summary>Where grains belong, as the first silo knows it.</summary>
    internal GrainHomes Homes => Services.First().GetRequiredService<GrainHomes>();

    /// <summary>The silos, in no order.</summary>
    internal IReadOnlyList<SiloAddress> Addresses => [.. _cluster!.Silos.Select(silo => silo.SiloAddress)];

    private IEnumerable<IServiceProvider> Services => _cluster!.Silos.Cast<InProcessSiloHandle>().Select(silo => silo.SiloHost.Services);

    public async ValueTask InitializeAsync()
    {
        var builder = new TestClusterBuilder(initialSilosCount: 2);
        builder.AddSiloBuilderConfigurator<Configurator>();
        _cluster = builder.Build();
        await _cluster.DeployAsync();
        Leader.Grains = Grains;
        Services.First().GetRequiredService<ILeaderAnnouncer>().Announce(new LeaderAnnouncement(1, _cluster.Primary!.SiloAddress, IsSynced: true));
    }

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null) await _cluster.DisposeAsync();
    }

    /// <summary>What a gateway with this observer says, on the first silo or on the one that is said.</summary>
    internal GatewaySubscription SubscriptionOf(RecordingObserver observer, SiloAddress? on = null) =>
        new(Grains.CreateObjectReference<INodeObserver>(observer), on ?? _cluster!.Primary!.SiloAddress, observer.Held);

    /// <summary>Where a grain lives.</summary>
    internal async Task<SiloAddress?> FindAsync(IAddressable grain) => await Grains.GetGrain<IManagementGrain>(0).GetActivationAddress(grain);

    /// <summary>Has nodes take a gateway that does not renew for gone after so long, until what it returns is disposed of.</summary>
    internal IDisposable LetSilentGatewaysGo(TimeSpan after)
    {
        GrainsOptions[] all = [.. Services.Select(services => services.GetRequiredService<IOptions<GrainsOptions>>().Value)];
        var before = all[0].ObserverExpiry;
        foreach (var options in all) options.ObserverExpiry = after;
        return new Disposable(() => Array.ForEach(all, options => options.ObserverExpiry = before));
    }

    /// <summary>Has all grains verify, and go where they belong once they have, until what it returns is disposed of.</summary>
    internal IDisposable LetGrainsMove()
    {
        GrainsOptions[] all = [.. Services.Select(services => services.GetRequiredService<IOptions<GrainsOptions>>().Value)];
        var before = all[0].RebalanceAfter;
        foreach (var options in all) options.RebalanceAfter = TimeSpan.Zero;
        SignalLoss();
        return new Disposable(() => Array.ForEach(all, options => options.RebalanceAfter = before));
    }

    /// <summary>The unexpected exceptions about this, as they were logged.</summary>
    internal static IReadOnlyList<string> FaultsOf(string subject) =>
        [.. TheFaults.Logged.Select(fault => fault.Text).Where(text => text.Contains(subject, StringComparison.Ordinal))];

    /// <summary>As if a silo had died: everybody verifies.</summary>
    internal void SignalLoss()
    {
        foreach (var services in Services) services.GetRequiredService<LeaderDirectory>().SiloDied();
    }

    /// <summary>As if a silo beside those of the cluster had died.</summary>
    internal void DeclareDead(SiloAddress other)
    {
        SiloAddress[] active = [.. Services.Select(services => services.GetRequiredService<ILocalSiloDetails>().SiloAddress)];
        foreach (var services in Services) services.GetRequiredService<GrainHomes>().ReplicasAre(active, [other]);
        SignalLoss();
    }

    private sealed class Configurator : ISiloConfigurator
    {
        public void Configure(ISiloBuilder siloBuilder)
        {
            siloBuilder.AddMetaCollectorGrains();
            // Grains move where a test says so, and not in the midst of another, however slow the machine.
            siloBuilder.Services.Configure<GrainsOptions>(options => options.RebalanceAfter = TimeSpan.FromHours(1));
            siloBuilder.Services.AddSingleton<ISilos<IBundleService>>(services => new CountingBundles(services));
            siloBuilder.Services.AddSingleton<ILeader>(TheLeader);
            siloBuilder.Services.AddSingleton(TheFaults.Faults);
            siloBuilder.Services.AddSingleton<IReplicaInspector, NoStreams>();
        }
    }

    private sealed class Disposable(Action dispose) : IDisposable
    {
        public void Dispose() => dispose();
    }

    private sealed class NoStreams : IReplicaInspector
    {
        public ReplicaInspection Inspect() => new() { Term = 1, Nodes = [.. TheLeader.GetNodes()] };

        public NodeStreams InspectNode(string node) => new();
    }
}

/// <summary>The tests that share the silos.</summary>
[CollectionDefinition]
public sealed class SiloCollection : ICollectionFixture<SiloFixture>;

/// <summary>A leader whose store is a few namespaces that the test fills.</summary>
internal sealed class ScriptedLeader : ILeader
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (Position Position, Dictionary<Uid, Resource> Content)> _namespaces = [];
    private long _number;

    public IGrainFactory? Grains { get; set; }

    /// <summary>Of this node it is said, as by a leader of a term that is over, that there is nothing; null for none.</summary>
    public string? Outdated { get; set; }

    /// <summary>How often that was said.</summary>
    public int OutdatedAnswers { get; private set; }

    public static KindSet Watched => ResourceKinds.Standard;

    public NodeInventory GetNode(string node)
    {
        lock (_lock)
        {
            if (node == Outdated)
            {
                OutdatedAnswers++;
                return new NodeInventory(0, []) { AsOf = new Position(1, ++_number) };
            }

            return new NodeInventory(1,
            [
                .. _namespaces.Where(entry => entry.Value.Content.Values.OfType<Pod>().Any(pod => pod.Node == node))
                    .Select(entry => new NamespacePosition(entry.Key, entry.Value.Position)),
            ])
            {
                AsOf = new Position(1, ++_number),
            };
        }
    }

    public NamespaceVerdict VerifyNamespace(string @namespace, Position held)
    {
        lock (_lock)
        {
            if (!_namespaces.TryGetValue(@namespace, out var known)) return new NamespaceVerdict(false, new Position(1, ++_number));
            if (known.Position == held) return new NamespaceVerdict(true, Position.None);
        }

        _ = FeedAsync(@namespace);
        return default;
    }

    public string[][] FindNodes(string[] addresses)
    {
        lock (_lock)
        {
            var pods = _namespaces.Values.SelectMany(known => known.Content.Values).OfType<Pod>().ToList();
            return [.. addresses.Select(address => pods.Where(pod => pod.Addresses.Contains(address)).Select(pod => pod.Node).Distinct().ToArray())];
        }
    }

    public Position GetPosition(string @namespace)
    {
        lock (_lock) return _namespaces.TryGetValue(@namespace, out var known) ? known.Position : Position.None;
    }

    public string[] GetNodes()
    {
        lock (_lock) return [.. _namespaces.Values.SelectMany(entry => entry.Content.Values.OfType<Pod>()).Select(pod => pod.Node).Distinct()];
    }

    /// <summary>Changes what the leader knows, and feeds the namespace a snapshot.</summary>
    public Task<Receipt> SetAsync(string @namespace, params Resource[] content)
    {
        lock (_lock) _namespaces[@namespace] = (new Position(1, ++_number), content.ToDictionary(resource => resource.Uid));
        return FeedAsync(@namespace);
    }

    /// <summary>The namespace and all that is in it is deleted, and its grain is fed that.</summary>
    public Task<Receipt> DeleteAsync(string @namespace)
    {
        Batch<ResourceChange> batch;
        lock (_lock)
        {
            _namespaces.Remove(@namespace);
            batch = new Batch<ResourceChange> { Namespace = @namespace, Position = new Position(1, ++_number), IsSnapshot = true, Changes = [] };
        }

        return Grains!.GetGrain<IResourceGrain>(@namespace).FeedAsync(batch, Watched);
    }

    /// <summary>As if the namespace had been deleted while nobody watched.</summary>
    public void Forget(string @namespace)
    {
        lock (_lock) _namespaces.Remove(@namespace);
    }

    private Task<Receipt> FeedAsync(string @namespace)
    {
        Batch<ResourceChange> batch;
        lock (_lock)
        {
            var known = _namespaces[@namespace];
            batch = new Batch<ResourceChange>
            {
                Namespace = @namespace, Position = known.Position, IsSnapshot = true,
                Changes = [.. known.Content.Values.Select(resource => new ResourceChange(resource.Uid, resource))],
            };
        }

        return Grains!.GetGrain<IResourceGrain>(@namespace).FeedAsync(batch, Watched);
    }
}
