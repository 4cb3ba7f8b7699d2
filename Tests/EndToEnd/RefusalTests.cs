using System.Net;
using MetaCollector.Testing.Chaos;
using MetaCollector.Testing.Processes;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.EndToEnd;

/// <summary>Rights that are gone for a while: what cannot be read is not gone, whichever replica is lost meanwhile.</summary>
public sealed class RefusalTests
{
    private static readonly string[] Everything = ["pods", "namespaces", "deployments", "replicasets", "daemonsets", "replicationcontrollers", "services", "endpointslices"];

    [Fact]
    public async Task EveryKindRefused_AndTheLeaderKilled_DeletesNothingAndNoReplicaIsReadyUntilPodsCanBeRead()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "signals need Linux");
        await PlayAsync(Everything, async (cluster, cancellation) =>
        {
            var leader = await cluster.LeaderAsync(cancellation);
            await UntilProbeAsync(leader, HttpStatusCode.ServiceUnavailable, "Pods cannot be read: 403", cancellation);
            await KillAsync(cluster, leader);
            var next = await cluster.LeaderAsync(cancellation);
            await UntilProbeAsync(next, HttpStatusCode.ServiceUnavailable, "Pods cannot be read: 403", cancellation);
            await UntilProbeAsync(next, HttpStatusCode.ServiceUnavailable, "Namespaces cannot be read: 403", cancellation);
        });
    }

    [Fact]
    public async Task OwnersAndServicesRefused_AndTheLeaderKilled_DeletesNothingAndSaysSo()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "signals need Linux");
        await PlayAsync(["deployments", "replicasets", "services"], async (cluster, cancellation) =>
        {
            await KillAsync(cluster, await cluster.LeaderAsync(cancellation));
            var next = await cluster.LeaderAsync(cancellation);
            await UntilProbeAsync(next, HttpStatusCode.OK, "refused: Deployment, ReplicaSet, Service", cancellation);
            await UntilProbeAsync(next, HttpStatusCode.OK, ", in sync", cancellation);
        });
    }

    [Fact]
    public async Task Start_WithoutRightToReadPods_IsNotReadyAndNamesTheRight()
    {
        await using var cluster = await EndToEndCluster.StartSimulatedAsync();
        cluster.Simulator.Access.Forbid("*", "pods");
        await using var collector = await cluster.StartAnotherAsync();

        await UntilProbeAsync(collector.ProbePort, HttpStatusCode.ServiceUnavailable, "not ready: Pods cannot be read: 403 pods is forbidden", TestContext.Current.CancellationToken);
    }

    private static async Task PlayAsync(string[] refused, Func<ChaosCluster, CancellationToken, Task> meanwhile)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        var cancellation = patience.Token;
        await using var cluster = await ChaosCluster.StartAsync(
            new ChaosShape(Replicas: 3, Nodes: 6, PodsPerNode: 8, Namespaces: 3, Churn: 0, Seed: 1, RebalanceAfter: TimeSpan.FromMinutes(5)), cancellation);
        var before = cluster.Subscribers.ToDictionary(subscriber => subscriber, subscriber => (subscriber.Log, subscriber.Log.Count));

        foreach (var resource in refused) cluster.Simulator.Access.Forbid("*", resource);
        cluster.Simulator.Faults.CutWatches();
        await meanwhile(cluster, cancellation);

        foreach (var resource in refused) cluster.Simulator.Access.Allow("*", resource);
        await cluster.ReplaceAsync(cancellation);
        await cluster.AllReadyAsync(cancellation);
        await UntilProbeAsync(await cluster.LeaderAsync(cancellation), HttpStatusCode.OK, ", in sync", cancellation);
        var compared = await cluster.CompareAsync(cancellation);
        Assert.True(compared.IsClean, $"{compared}");
        // Nothing changed, so a stream whose replica lived on was sent nothing: no Delete, and no Create of what it held.
        var undisturbed = before.Where(stream => stream.Key.Log == stream.Value.Log).ToList();
        Assert.NotEmpty(undisturbed);
        foreach (var (subscriber, (log, count)) in undisturbed)
            Assert.Equal([], log.Events.Skip(count).Select(received => $"{subscriber.Node}: {received.Reason} {received.Kind} {received.Meta}"));
    }

    private static async Task KillAsync(ChaosCluster cluster, ChaosReplica replica)
    {
        replica.IsDisturbed = true;
        replica.Collector.Process.Signal(Signals.Kill);
        await replica.Collector.Process.WaitForExitAsync(TestContext.Current.CancellationToken);
        cluster.ControlPlane.DeletePod(replica);
    }

    private static Task UntilProbeAsync(ChaosReplica replica, HttpStatusCode code, string text, CancellationToken cancellation) =>
        UntilProbeAsync(replica.Collector.ProbePort, code, text, cancellation);

    private static async Task UntilProbeAsync(int port, HttpStatusCode code, string text, CancellationToken cancellation)
    {
        using var http = new HttpClient();
        var said = "nothing";
        await Eventually.HoldsAsync(
            async () =>
            {
                try
                {
                    using var answer = await http.GetAsync(new Uri($"http://127.0.0.1:{port}/readyz"), cancellation);
                    said = await answer.Content.ReadAsStringAsync(cancellation);
                    return answer.StatusCode == code && said.Contains(text, StringComparison.Ordinal);
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            $"/readyz says {(int)code} and '{text}'", () => said);
    }
}
