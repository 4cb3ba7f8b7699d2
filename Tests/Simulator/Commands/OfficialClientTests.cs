using k8s;
using k8s.Models;
using MetaCollector.Simulator;
using MetaCollector.Tests.Support;
using Xunit;
using static MetaCollector.Simulator.Objects.Kube;

namespace MetaCollector.Tests.Simulator.Commands;

/// <summary>The official .NET client against the simulator.</summary>
public sealed class OfficialClientTests
{
    [Fact]
    public async Task ListAndWatch_Work()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(new SimulatorOptions { Token = "t" }, RawClient.Cancellation);
        simulator.Clusters.Generate(2, 8, 1);
        using var client = Client(simulator);
        var first = await client.CoreV1.ListPodForAllNamespacesAsync(limit: 10, cancellationToken: RawClient.Cancellation);
        var second = await client.CoreV1.ListPodForAllNamespacesAsync(limit: 10, continueParameter: first.Metadata.ContinueProperty, cancellationToken: RawClient.Cancellation);
        simulator.Objects.Create(Pod("new").On("node-0").WithIP("10.1.2.3"));
        string? seen = null;
        await foreach (var (type, pod) in client.CoreV1.WatchListPodForAllNamespacesAsync(
            resourceVersion: first.Metadata.ResourceVersion, cancellationToken: RawClient.Cancellation))
        {
            seen = $"{type} {pod.Metadata.Name} {pod.Status.PodIP}";
            break;
        }

        Assert.Equal((10, 6), (first.Items.Count, second.Items.Count));
        Assert.Equal("Added new 10.1.2.3", seen);
    }

    [Fact]
    public async Task Write_ReplaceAndDelete_Work()
    {
        await using var simulator = await ApiServerSimulator.StartAsync(cancellation: RawClient.Cancellation);
        using var client = Client(simulator);
        var lease = await client.CoordinationV1.CreateNamespacedLeaseAsync(
            new V1Lease { Metadata = new V1ObjectMeta { Name = "l" }, Spec = new V1LeaseSpec { HolderIdentity = "a", RenewTime = DateTime.UtcNow } },
            "default", cancellationToken: RawClient.Cancellation);
        lease.Spec.HolderIdentity = "b";
        var replaced = await client.CoordinationV1.ReplaceNamespacedLeaseAsync(lease, "l", "default", cancellationToken: RawClient.Cancellation);
        var conflict = await Assert.ThrowsAsync<k8s.Autorest.HttpOperationException>(
            () => client.CoordinationV1.ReplaceNamespacedLeaseAsync(lease, "l", "default", cancellationToken: RawClient.Cancellation));
        await client.CoreV1.CreateNamespacedConfigMapAsync(
            new V1ConfigMap { Metadata = new V1ObjectMeta { Name = "c" }, Data = new Dictionary<string, string> { ["k"] = "v" } }, "default", cancellationToken: RawClient.Cancellation);
        await client.CoreV1.DeleteNamespacedConfigMapAsync("c", "default", cancellationToken: RawClient.Cancellation);

        Assert.Equal("b", replaced.Spec.HolderIdentity);
        Assert.Equal(System.Net.HttpStatusCode.Conflict, conflict.Response.StatusCode);
        Assert.Null(simulator.Objects.Get(ConfigMap("c")));
    }

    private static Kubernetes Client(ApiServerSimulator simulator)
    {
        using var kubeconfig = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(simulator.Kubeconfig));
        return new Kubernetes(KubernetesClientConfiguration.BuildConfigFromConfigFile(kubeconfig));
    }
}
