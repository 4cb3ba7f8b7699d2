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
    /// Keeps the cluster's membership in one ConfigMap, and declares silos dead whose pod is gone. Sets Orleans' cluster id and
    /// service id, and the silo's name where the pod's is known.
    /// </summary>
    /// <param name="silo">The silo.</param>
    /// <param name="configure">Sets the options.</param>
    public static ISiloBuilder AddKubernetesClustering(this ISiloBuilder silo, Action<KubernetesClusteringOptions>? configure = null)
    {
        AddTable(silo.Services, configure);
        silo.Services.AddOptions<SiloOptions>().Configure<IOptions<KubernetesClusteringOptions>>((options, clustering) =>
        {
            if (!string.IsNullOrEmpty(clustering.Value.PodName)) options.SiloName = clustering.Value.PodName;
        });
        silo.Services.AddSingleton<IMembershipTable>(services => services.GetRequiredService<KubernetesMembershipTable>());
        silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(services => ActivatorUtilities.CreateInstance<PodDeathWatcher>(
            services,
            services.GetRequiredKeyedService<ApiConnection>(typeof(KubernetesMembershipTable)),
            () => services.GetRequiredService<IClusterMembershipService>()));
        return silo;
    }

    /// <summary>Lets a client outside the cluster of silos find their gateways in the ConfigMap, which it only reads.</summary>
    /// <param name="client">The client.</param>
    /// <param name="configure">Sets the options.</param>
    public static IClientBuilder AddKubernetesClustering(this IClientBuilder client, Action<KubernetesClusteringOptions>? configure = null)
    {
        AddTable(client.Services, configure);
        client.Services.AddSingleton<IGatewayListProvider, KubernetesGatewayListProvider>();
        return client;
    }

    private static void AddTable(IServiceCollection services, Action<KubernetesClusteringOptions>? configure)
    {
        services.AddOptions<KubernetesClusteringOptions>()
            .Configure(configure ?? (_ => { }))
            .PostConfigure(options =>
            {
                if (string.IsNullOrEmpty(options.Namespace)) options.Namespace = ClusterConfiguration.PodNamespace ?? "";
            })
            .ValidateOnStart();
        services.AddOptions<ClusterOptions>().Configure<IOptions<KubernetesClusteringOptions>>((options, clustering) =>
        {
            options.ClusterId = clustering.Value.ClusterId ?? clustering.Value.Name;
            options.ServiceId = clustering.Value.ServiceId ?? options.ClusterId;
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
}
