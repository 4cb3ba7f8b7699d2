using MetaCollector.Clustering.Kubernetes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Providers;

[assembly: RegisterProvider("Kubernetes", "Clustering", "Silo", typeof(KubernetesClusteringProviderBuilder))]
[assembly: RegisterProvider("Kubernetes", "Clustering", "Client", typeof(KubernetesClusteringProviderBuilder))]

namespace MetaCollector.Clustering.Kubernetes;

/// <summary>
/// Sets clustering up from configuration: <c>Orleans:Clustering:ProviderType</c> is <c>Kubernetes</c>, and the same section holds the options of
/// <see cref="KubernetesClusteringOptions"/>.
/// </summary>
internal sealed class KubernetesClusteringProviderBuilder : IProviderBuilder<ISiloBuilder>, IProviderBuilder<IClientBuilder>
{
    public void Configure(ISiloBuilder builder, string? name, IConfigurationSection configurationSection) =>
        builder.UseKubernetesClustering(options => options.Bind(configurationSection));

    public void Configure(IClientBuilder builder, string? name, IConfigurationSection configurationSection) =>
        builder.UseKubernetesClustering(options => options.Bind(configurationSection));
}
