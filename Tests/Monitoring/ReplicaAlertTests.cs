using Xunit;

namespace MetaCollector.Tests.Monitoring;

/// <summary>Alerts about the replicas, each raised by its fault and resolved by its end. The first word of a test is the alert's name.</summary>
public sealed class ReplicaAlertTests
{
    [Fact]
    public async Task Down_NoReplicaLeft_FiresUntilOneRuns()
    {
        await using var cluster = await MonitoredCluster.StartAsync(null, MonitoredCluster.Defaults);
        await cluster.KillAsync(cluster.Replicas[0]);
        await cluster.FiresAsync("Down");
        await cluster.AddAsync();
        await cluster.ResolvesAsync("Down");
    }

    [Fact]
    public async Task NoLeader_LeaseThatNobodyMayTake_FiresUntilSomebodyMay()
    {
        await using var cluster = await MonitoredCluster.StartAsync(null, MonitoredCluster.Defaults, MonitoredCluster.Defaults);
        cluster.Simulator.Access.Forbid("update", "leases");
        await cluster.KillAsync(await cluster.LeaderAsync());
        await cluster.FiresAsync("NoLeader");
        cluster.Simulator.Access.Allow("update", "leases");
        await cluster.ResolvesAsync("NoLeader");
    }

    [Fact]
    public async Task ReplicasMissing_ReplicaCrashed_FiresUntilItsPodIsGone()
    {
        await using var cluster = await MonitoredCluster.StartAsync(null, MonitoredCluster.Defaults, MonitoredCluster.Defaults);
        await MonitoredCluster.CrashAsync(cluster.Replicas[1]);
        await cluster.FiresAsync("ReplicasMissing");
        await cluster.Prometheus.RemoveAsync(MonitoredCluster.NameOf(cluster.Replicas[1]));
        await cluster.ResolvesAsync("ReplicasMissing");
    }

    [Fact]
    public async Task ReplicasMissing_ReplicaNotReady_FiresUntilItIs()
    {
        await using var cluster = await MonitoredCluster.StartAsync(simulator => simulator.Faults.Answer(500, int.MaxValue, "pods"));
        await cluster.AddUnreadyAsync(MonitoredCluster.Defaults);
        await cluster.FiresAsync("ReplicasMissing");
        cluster.Simulator.Faults.ClearAnswers();
        await cluster.ResolvesAsync("ReplicasMissing");
    }

    [Fact]
    public async Task ReplicasMissing_DeploymentSaysSo_FiresUntilItDoesNot()
    {
        await using var cluster = await MonitoredCluster.StartAsync(null, MonitoredCluster.Defaults);
        await using var kubeStateMetrics = new ServedMetrics(Deployment(ready: 2));
        await cluster.Prometheus.AddAsync("kube-state-metrics", kubeStateMetrics.Address);
        await cluster.FiresAsync("ReplicasMissing");
        kubeStateMetrics.Serve(Deployment(ready: 3));
        await cluster.ResolvesAsync("ReplicasMissing");

        static Func<string> Deployment(int ready) => () => $$"""
            kube_deployment_spec_replicas{namespace="falco",deployment="metacollector-k8s-metacollector"} 3
            kube_deployment_status_replicas_ready{namespace="falco",deployment="metacollector-k8s-metacollector"} {{ready}}

            """;
    }
}
