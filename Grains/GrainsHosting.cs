using MetaCollector.Conversation;
using MetaCollector.Grains.Bundles;
using MetaCollector.Grains.Interfaces;
using MetaCollector.Grains.Interfaces.Leadership;
using MetaCollector.Grains.Interfaces.Replicas;
using MetaCollector.Grains.Leadership;
using MetaCollector.Grains.Placement;
using MetaCollector.Grains.Replicas;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;

namespace MetaCollector.Grains;

/// <summary>Adds the grains to a silo, with the grain directory and the timeouts that they need.</summary>
public static class GrainsHosting
{
    /// <summary>
    /// A call fails if it is not answered within this time. Short, because no silo is declared dead while the membership table cannot be
    /// reached, and calls to a lost silo would hang all that time.
    /// </summary>
    public static readonly TimeSpan ResponseTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Adds grains, announcements and the grain directory.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="configure">Changes the options.</param>
    public static ISiloBuilder AddMetaCollectorGrains(this ISiloBuilder silo, Action<GrainsOptions>? configure = null)
    {
        if (configure is not null) silo.Configure(configure);
#pragma warning disable ORLEANSEXP003 // The distributed grain directory is marked experimental; see docs/decisions.
        silo.AddDistributedGrainDirectory();
#pragma warning restore ORLEANSEXP003
        // Without leases another silo serves a range as soon as its owner is declared dead. Positions make brief duplicate activations harmless.
        silo.Configure<GrainDirectoryOptions>(options => options.RangeLeaseDuration = TimeSpan.Zero);
        silo.Configure<SiloMessagingOptions>(options => options.ResponseTimeout = ResponseTimeout);
        silo.AddGrainService<LeaderService>();
        silo.AddGrainService<ReplicaService>();
        silo.AddGrainService<BundleService>();
        silo.AddPlacementDirector<RendezvousPlacement, RendezvousPlacementDirector>();
        silo.Services.AddSingleton<GrainHomes>();
        silo.Services.AddConversation();
        silo.Services.AddSingleton<GrainMetrics>();
        silo.Services.AddSingleton(typeof(ISilos<>), typeof(Silos<>));
        silo.Services.AddSingleton<BundleReceiver>();
        silo.Services.AddSingleton<SiloBundles>();
        silo.Services.AddSingleton<IOtherReplicas, OtherReplicas>();
        silo.Services.AddSingleton<LeaderAnnouncer>();
        silo.Services.AddSingleton<ILeaderAnnouncer>(services => services.GetRequiredService<LeaderAnnouncer>());
        silo.Services.AddHostedService(services => services.GetRequiredService<LeaderAnnouncer>());
        silo.Services.AddHostedService<MembershipWatcher>();
        return silo;
    }
}
