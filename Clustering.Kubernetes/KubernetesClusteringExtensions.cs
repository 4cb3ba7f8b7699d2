using MetaCollector.ApiServer;
using MetaCollector.ApiServer.Configuration;
using MetaCollector.ApiServer.Requests;
using MetaCollector.Clustering.Kubernetes.Membership;
using MetaCollector.Clustering.Kubernetes.Pods;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Messaging;

namespace MetaCollector.Clustering.Kubernetes;

/// <summary>Makes silos and clients find each other with nothing but the Kubernetes API server.</summary>
public static class KubernetesClusteringExtensions
{
    /// <summary>
    /// Keeps the cluster's membership in one ConfigMap, and declares silos dead whose pod is gone. Sets Orleans' cluster id and service id, and the silo's
    /// name from the pod's, unless they are set already.
    /// </summary>
    /// <param name="silo">The silo.</param>
    /// <param name="configure">Sets the options.</param>
    public static ISiloBuilder UseKubernetesClustering(this ISiloBuilder silo, Action<KubernetesClusteringOptions> configure) =>
        silo.UseKubernetesClustering(options => options.Configure(configure));

    /// <summary><inheritdoc cref="UseKubernetesClustering(ISiloBuilder, Action{KubernetesClusteringOptions})" path="/summary"/></summary>
    /// <param name="silo">The silo.</param>
    /// <param name="configure">Says where the options come from, such as a section of the configuration; null for the defaults.</param>
    public static ISiloBuilder UseKubernetesClustering(this ISiloBuilder silo, Action<OptionsBuilder<KubernetesClusteringOptions>>? configure = null)
    {
        AddTable(silo.Services, configure);
        silo.Services.AddOptions<SiloOptions>().Configure<IOptions<KubernetesClusteringOptions>>((options, clustering) =>
        {
            if (string.IsNullOrEmpty(options.SiloName) && !string.IsNullOrEmpty(clustering.Value.PodName)) options.SiloName = clustering.Value.PodName;
        });
        // Orleans judges this by the joining silo's clock: a silo whose clock is five minutes behind would be evicted at once.
        silo.Configure<ClusterMembershipOptions>(options => options.EvictWhenMaxJoinAttemptTimeExceeded = false);
        silo.Services.AddSingleton<SiloMembershipTable>();
        silo.Services.AddSingleton<IMembershipTable>(services => services.GetRequiredService<SiloMembershipTable>());
        silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(services => services.GetRequiredService<SiloMembershipTable>());
        silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(services => ActivatorUtilities.CreateInstance<PodDeathWatcher>(
            services,
            services.GetRequiredKeyedService<ApiConnection>(typeof(KubernetesMembershipTable)),
            () => services.GetRequiredService<IClusterMembershipService>()));
        return silo;
    }

    /// <summary>Lets a client outside the cluster find the silos' gateways in the ConfigMap. The client only reads it.</summary>
    /// <param name="client">The client.</param>
    /// <param name="configure">Sets the options.</param>
    public static IClientBuilder UseKubernetesClustering(this IClientBuilder client, Action<KubernetesClusteringOptions> configure) =>
        client.UseKubernetesClustering(options => options.Configure(configure));

    /// <summary><inheritdoc cref="UseKubernetesClustering(IClientBuilder, Action{KubernetesClusteringOptions})" path="/summary"/></summary>
    /// <param name="client">The client.</param>
    /// <param name="configure">Says where the options come from, such as a section of the configuration; null for the defaults.</param>
    public static IClientBuilder UseKubernetesClustering(this IClientBuilder client, Action<OptionsBuilder<KubernetesClusteringOptions>>? configure = null)
    {
        AddTable(client.Services, configure);
        client.Services.AddSingleton<IGatewayListProvider, KubernetesGatewayListProvider>();
        return client;
    }

    /// <summary>
    /// Makes this silo's generation higher than any in the table. Call it before the host starts, where the clock may be set back between two starts: Orleans
    /// makes the generation from the clock, and takes a silo for dead whose generation is lower than that of another at its address. Does nothing where the
    /// table cannot be read.
    /// </summary>
    /// <param name="services">The services of the host.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task PrepareKubernetesClusteringAsync(this IServiceProvider services, CancellationToken cancellation = default)
    {
        if (services.GetService<KubernetesMembershipTable>() is not { } table) return;
        var highest = await table.HighestGenerationAsync(cancellation);
        // Each call returns the last generation plus one, or the time; Orleans calls it next for this silo.
        while (SiloAddress.AllocateNewGeneration() < highest)
        {
        }
    }

    /// <summary>Why a silo that starts cannot join, in one line: the table cannot be read. Null where it can, or the silo does not use this clustering.</summary>
    /// <param name="services">The services of the host.</param>
    public static string? KubernetesClusteringTrouble(this IServiceProvider services) => services.GetService<KubernetesMembershipTable>()?.Trouble;

    private static void AddTable(IServiceCollection services, Action<OptionsBuilder<KubernetesClusteringOptions>>? configure)
    {
        var builder = services.AddOptions<KubernetesClusteringOptions>();
        configure?.Invoke(builder);
        builder
            .PostConfigure(options =>
            {
                if (string.IsNullOrEmpty(options.Namespace)) options.Namespace = ClusterConfiguration.PodNamespace ?? "";
            })
            .ValidateOnStart();
        services.AddOptions<ClusterOptions>().Configure<IOptions<KubernetesClusteringOptions>>((options, clustering) =>
        {
            options.ClusterId = clustering.Value.ClusterId ?? Unless(options.ClusterId, ClusterOptions.DefaultClusterId) ?? clustering.Value.Name;
            options.ServiceId = clustering.Value.ServiceId ?? Unless(options.ServiceId, ClusterOptions.DefaultServiceId) ?? options.ClusterId;
        });
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<KubernetesClusteringOptions>, KubernetesClusteringOptionsValidator>());
        services.AddApiServer();
        services.TryAddSingleton<MembershipInstruments>();
        services.AddKeyedSingleton(typeof(KubernetesMembershipTable), (provider, _) =>
        {
            var options = provider.GetRequiredService<IOptions<KubernetesClusteringOptions>>().Value;
            return provider.GetRequiredService<ApiServerAccess>().Connect(options.RequestTimeout);
        });
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<KubernetesMembershipTable>(
            provider, provider.GetRequiredKeyedService<ApiConnection>(typeof(KubernetesMembershipTable))));
    }

    private static string? Unless(string? set, string standard) => string.IsNullOrEmpty(set) || set == standard ? null : set;
}
