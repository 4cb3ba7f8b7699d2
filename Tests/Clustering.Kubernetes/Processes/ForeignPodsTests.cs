using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Clustering.Kubernetes.Processes;

/// <summary>Replicas in a namespace where each of 5,000 nodes has a pod that is none of their business, as beside Falco.</summary>
public sealed class ForeignPodsTests
{
    private const int Nodes = 5_000;

    [Theory]
    [InlineData(true, "labelSelector=app.kubernetes.io%2Fname%3Dmetacollector")]
    [InlineData(false, "fieldSelector=metadata.name%3Dmetacollector-")]
    public async Task Replica_Among5000ForeignPods_AsksForItsOwnAlone(bool isLabelled, string selector)
    {
        await using var replicas = await Replicas.CreateAsync(isLabelled);
        var foreign = replicas.AddForeignPods(Nodes);
        var (first, second) = (replicas.Start(), replicas.Start());
        foreach (var replica in (Replica[])[first, second]) await Eventually.HoldsAsync(() => replicas.IsReadyAsync(replica), "it is ready");

        foreach (var pod in foreign.Take(1000)) replicas.Touch(pod);
        second.DeletePod();
        await Eventually.HoldsAsync(() => replicas.StatusOf(second) == "Dead", "the other learns that its pod is gone");

        Assert.NotEmpty(replicas.PodRequests);
        Assert.All(replicas.PodRequests, request => Assert.Contains(selector, request.Path, StringComparison.OrdinalIgnoreCase));
        Assert.InRange(replicas.PodRequests.Sum(request => request.Bytes), 1, 50_000);
    }
}
