using MetaCollector.Clustering.Kubernetes;
using MetaCollector.Clustering.Kubernetes.Leasing;
using MetaCollector.Conversation.Leadership;
using MetaCollector.Informer.Leadership;
using MetaCollector.Silo.Settings;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace MetaCollector.Silo.Clustering;

/// <summary>Makes the silo one of several replicas that find each other, and elect a leader, through the API server alone.</summary>
internal static class KubernetesReplicas
{
    public static void AddKubernetesReplicas(this ISiloBuilder silo, CollectorOptions options)
    {
        silo.UseKubernetesClustering(clustering =>
        {
            (clustering.Namespace, clustering.Name) = (options.Namespace, options.Name);
            (clustering.PodName, clustering.PodUid) = (options.PodName, options.PodName is null ? null : options.PodUid);
            foreach (var (key, value) in options.PodLabels) clustering.Labels[key] = value;
            if (options.PodLabels.Count > 0) clustering.PodSelector = string.Join(',', options.PodLabels.Select(label => $"{label.Key}={label.Value}"));
        });
        silo.AddFastFailureDetection();
        silo.AddLeaseElector(services =>
        {
            var directory = services.GetRequiredService<LeaderDirectory>();
            return (() => directory.HighestTerm, term => directory.Observe(term));
        });
        silo.Services.Replace(ServiceDescriptor.Singleton<ILeaderElection, LeaseElection>());
    }
}
