using MetaCollector.Clustering.Kubernetes.Leasing;
using MetaCollector.Simulator;
using MetaCollector.Testing.Api;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Clustering.Kubernetes.Leasing;

public sealed class KubernetesLeaseStoreTests
{
    [Fact]
    public async Task Lease_Simulator_IsCreatedReplacedAndGuarded()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(new SimulatorOptions { Https = true });
        var kubeconfig = Path.GetTempFileName();
        await simulator.WriteKubeconfigAsync(kubeconfig, TestContext.Current.CancellationToken);
        await TryAsync(kubeconfig);
        File.Delete(kubeconfig);
    }

    /// <summary><c>METACOLLECTOR_TEST_KUBECONFIG</c> names the kubeconfig.</summary>
    [Fact]
    public async Task Lease_RealApiServer_IsCreatedReplacedAndGuarded()
    {
        var kubeconfig = Environment.GetEnvironmentVariable("METACOLLECTOR_TEST_KUBECONFIG");
        Assert.SkipWhen(kubeconfig is null, "METACOLLECTOR_TEST_KUBECONFIG names no API server");
        await TryAsync(kubeconfig);
    }

    private static async Task TryAsync(string kubeconfig)
    {
        var name = $"lease-{Guid.NewGuid():N}";
        using var access = Accesses.Of(kubeconfig);
        using var api = access.Connect(TimeSpan.FromSeconds(10));
        var store = new KubernetesLeaseStore(api, new LeaseElectorOptions { Namespace = "default", Name = name, Labels = { ["of"] = "the-release" } });
        var time = DateTime.UtcNow;

        Assert.Null(await store.ReadAsync(default));
        var created = await store.TryCreateAsync(new("", 0, null, null), default);
        Assert.Null(await store.TryCreateAsync(new("", 0, null, null), default));
        Assert.Equal("", created!.Holder);
        Assert.Equal("the-release", (string?)created.Metadata!["labels"]!["of"]);
        Assert.InRange(created.TermsBefore, 1, 2_000_000_000);

        var taken = await store.TryReplaceAsync(created with { Holder = "me", Transitions = 200_000_000, AcquireTime = time, RenewTime = time }, default);
        Assert.Equal(("me", 200_000_000), (taken!.Holder, taken.Term));
        Assert.Null(await store.TryReplaceAsync(created with { Holder = "other" }, default));
        Assert.True((await store.ReadAsync(default))!.SaysTheSameAs(taken));

        using var client = new ApiClient(kubeconfig);
        await client.DeleteAsync("Lease", "default", name);
        Assert.Null(await store.TryReplaceAsync(taken, default));
        Assert.Null(await store.ReadAsync(default));
    }
}
