using MetaCollector.Clustering.Kubernetes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Messaging;
using Xunit;

namespace MetaCollector.Tests.Clustering.Kubernetes;

/// <summary>What the library sets in Orleans' options, and what it leaves alone.</summary>
public sealed class KubernetesClusteringExtensionsTests
{
    [Fact]
    public void UseKubernetesClustering_NothingSetBefore_NamesClusterServiceAndSilo()
    {
        using var host = Build(silo => silo.UseKubernetesClustering(Options));

        var cluster = Get<ClusterOptions>(host);
        Assert.Equal(("my-cluster", "my-cluster"), (cluster.ClusterId, cluster.ServiceId));
        Assert.Equal("pod-1", Get<SiloOptions>(host).SiloName);
    }

    [Fact]
    public void UseKubernetesClustering_SettingsMadeBefore_AreLeftAlone()
    {
        using var host = Build(silo => silo
            .Configure<ClusterOptions>(cluster => (cluster.ClusterId, cluster.ServiceId) = ("mine", "my-service"))
            .Configure<SiloOptions>(options => options.SiloName = "my-silo")
            .Configure<ClusterMembershipOptions>(membership => (membership.ProbeTimeout, membership.TableRefreshTimeout) = (TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(8)))
            .UseKubernetesClustering(Options)
            .AddFastFailureDetection());

        var cluster = Get<ClusterOptions>(host);
        Assert.Equal(("mine", "my-service"), (cluster.ClusterId, cluster.ServiceId));
        Assert.Equal("my-silo", Get<SiloOptions>(host).SiloName);
        var membership = Get<ClusterMembershipOptions>(host);
        Assert.Equal((7.0, 8.0, 5.0), (membership.ProbeTimeout.TotalSeconds, membership.TableRefreshTimeout.TotalSeconds, membership.IAmAliveTablePublishTimeout.TotalSeconds));
    }

    [Fact]
    public void AddFastFailureDetection_NothingSetBefore_DeclaresAFrozenSiloDeadWithinSixSeconds_OnTheWordOfTwo()
    {
        using var host = Build(silo => silo.UseKubernetesClustering(Options).AddFastFailureDetection());

        var membership = Get<ClusterMembershipOptions>(host);
        Assert.Equal((1.0, 1.5), (membership.ProbeTimeout.TotalSeconds, membership.MaxProbeTimeout.TotalSeconds));
        Assert.InRange(membership.MaxProbeTimeout * membership.NumMissedProbesLimit, TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(6));
        Assert.Equal((2, true), (membership.NumVotesForDeathDeclaration, membership.EnableIndirectProbes));
        // Whose heartbeats are missing for so long has no vote any more.
        Assert.InRange(membership.IAmAliveTablePublishTimeout * membership.NumMissedTableIAmAliveLimit, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(20));
    }

    [Fact]
    public void UseKubernetesClustering_NamedInItsOwnOptions_WinsOverWhatWasSetBefore()
    {
        using var host = Build(silo => silo
            .Configure<ClusterOptions>(cluster => cluster.ClusterId = "mine")
            .UseKubernetesClustering(options =>
            {
                Options(options);
                options.ClusterId = "asked-for";
            }));

        Assert.Equal("asked-for", Get<ClusterOptions>(host).ClusterId);
    }

    [Fact]
    public void UseOrleans_KubernetesInTheConfigurationAlone_IsUsed()
    {
        using var host = Build(_ => { }, new()
        {
            ["Orleans:Clustering:ProviderType"] = "Kubernetes",
            ["Orleans:Clustering:Name"] = "my-cluster",
            ["Orleans:Clustering:Namespace"] = "somewhere",
            ["Orleans:Clustering:DefunctAfter"] = "00:01:00",
            ["Orleans:Clustering:Labels:team"] = "blue",
        });

        var options = Get<KubernetesClusteringOptions>(host);
        Assert.Equal(("my-cluster", "somewhere", TimeSpan.FromMinutes(1)), (options.Name, options.Namespace, options.DefunctAfter));
        Assert.Equal("blue", options.Labels["team"]);
    }

    [Fact]
    public void UseKubernetesClustering_OfAClient_FindsGatewaysByIt()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.UseOrleansClient(client => client.UseKubernetesClustering(Options));

        var provider = Assert.Single(builder.Services, service => service.ServiceType == typeof(IGatewayListProvider));
        Assert.Equal("KubernetesGatewayListProvider", provider.ImplementationType!.Name);
    }

    [Theory]
    [InlineData("bad key", "x")]
    [InlineData("key", "bad value")]
    [InlineData("key\n", "x")]
    [InlineData("key", "x\n")]
    public void Options_LabelThatKubernetesRefuses_AreRefusedByIt(string key, string value)
    {
        using var host = Build(silo => silo.UseKubernetesClustering(options =>
        {
            Options(options);
            options.Labels[key] = value;
        }));

        var refusal = Assert.Throws<OptionsValidationException>(() => Get<KubernetesClusteringOptions>(host));
        Assert.Contains($"'{key}={value}'", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("my-cluster", "Somewhere")]
    [InlineData("my-cluster", "some.where")]
    [InlineData("my-cluster", "somewhere\n")]
    [InlineData("My-cluster", "somewhere")]
    [InlineData("my..cluster", "somewhere")]
    [InlineData("my.cluster\n", "somewhere")]
    public void Options_NameThatKubernetesRefuses_AreRefusedByIt(string name, string scope)
    {
        using var host = Build(silo => silo.UseKubernetesClustering(options =>
        {
            Options(options);
            (options.Name, options.Namespace) = (name, scope);
        }));

        var refusal = Assert.Throws<OptionsValidationException>(() => Get<KubernetesClusteringOptions>(host));
        Assert.Contains($"'{(name == "my-cluster" ? scope : name)}'", Assert.Single(refusal.Failures), StringComparison.Ordinal);
    }

    [Fact]
    public void Options_LongestNames_AreTaken()
    {
        var (name, scope) = (string.Join('.', Enumerable.Repeat(new string('a', 50), 5))[..253], new string('a', 63));
        using var host = Build(silo => silo.UseKubernetesClustering(options =>
        {
            Options(options);
            (options.Name, options.Namespace) = (name, scope);
        }));
        Assert.Equal((name, scope), (Get<KubernetesClusteringOptions>(host).Name, Get<KubernetesClusteringOptions>(host).Namespace));
        Assert.False(KubernetesName.IsLabel(scope + "a"));
        Assert.False(KubernetesName.IsSubdomain(name + "a"));
    }

    private static void Options(KubernetesClusteringOptions options) =>
        (options.Name, options.Namespace, options.PodName, options.PodUid) = ("my-cluster", "somewhere", "pod-1", "uid-1");

    private static T Get<T>(IHost host) where T : class => host.Services.GetRequiredService<IOptions<T>>().Value;

    private static IHost Build(Action<ISiloBuilder> configure, Dictionary<string, string?>? configuration = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(configuration ?? []);
        builder.UseOrleans(silo =>
        {
            silo.Configure<EndpointOptions>(endpoints => endpoints.AdvertisedIPAddress = System.Net.IPAddress.Loopback);
            configure(silo);
        });
        return builder.Build();
    }
}
