using MetaCollector.Testing.Chaos;
using Xunit;

namespace MetaCollector.Tests.EndToEnd;

/// <summary>Replicas that are lost while objects change: a short run of what <c>Benchmarks chaos</c> does for as long as asked.</summary>
public sealed class ChaosTests
{
    [Fact]
    public async Task Replicas_KilledStoppedAndCutOff_LoseAndInventNothing()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "signals need Linux");
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(8));
        var shape = new ChaosShape(Replicas: 3, Nodes: 6, PodsPerNode: 15, Namespaces: 4, Churn: 50, Seed: 1, RebalanceAfter: TimeSpan.Zero);
        await using var cluster = await ChaosCluster.StartAsync(shape, patience.Token);
        var run = new ChaosRun(cluster);

        foreach (var disturbance in (Disturbance[])[Disturbance.KillOther, Disturbance.KillLeader, Disturbance.StopLeader, Disturbance.CutTwoApart, Disturbance.DeleteLease, Disturbance.KillAll])
        {
            var round = await run.RoundAsync(disturbance, patience.Token);

            TestContext.Current.TestOutputHelper?.WriteLine($"{round}");
            Assert.True(round.IsClean, $"{round}\n{string.Join('\n', round.Broken.Concat(round.Faults))}");
            if (disturbance is Disturbance.KillOther or Disturbance.DeleteLease)
            {
                Assert.Equal(0, round.Lists);
                Assert.Equal(round.Watches.Before, round.Watches.After);
            }
        }
    }
}
