using MetaCollector.Simulator.Resources;
using Xunit;

namespace MetaCollector.Tests.Monitoring;

/// <summary>Alerts about the reading of the API server, each raised by its fault and resolved by its end. The first word of a test is the alert's name.</summary>
public sealed class ReadingAlertTests
{
    [Fact]
    public async Task WatchSilent_WatchFrozen_FiresUntilItThaws()
    {
        await using var cluster = await MonitoredCluster.StartAsync(null, MonitoredCluster.Defaults);
        cluster.Simulator.Faults.FreezeWatches("pods");
        await cluster.FiresAsync("WatchSilent");
        cluster.Simulator.Faults.ThawWatches("pods");
        await cluster.ResolvesAsync("WatchSilent");
    }

    [Fact]
    public async Task NotSynced_KindThatCannotBeListed_FiresUntilItCan()
    {
        await using var cluster = await MonitoredCluster.StartAsync(simulator => simulator.Faults.Answer(500, int.MaxValue, "replicasets"));
        await cluster.AddUnreadyAsync(MonitoredCluster.Defaults);
        await cluster.FiresAsync("NotSynced");
        cluster.Simulator.Faults.ClearAnswers();
        await cluster.ResolvesAsync("NotSynced");
    }

    [Fact]
    public async Task KindUnreadable_KindForbidden_FiresUntilItIsAllowed()
    {
        await using var cluster = await MonitoredCluster.StartAsync(
            simulator =>
            {
                simulator.Access.Forbid("list", "replicasets");
                simulator.Access.Forbid("watch", "replicasets");
            },
            MonitoredCluster.Defaults);
        await cluster.FiresAsync("KindUnreadable");
        cluster.Simulator.Access.Allow("list", "replicasets");
        cluster.Simulator.Access.Allow("watch", "replicasets");
        await cluster.ResolvesAsync("KindUnreadable");
    }

    [Fact]
    public async Task WatchUnstable_WatchesCutAgainAndAgain_FiresUntilTheyHold()
    {
        await using var cluster = await MonitoredCluster.StartAsync(null, MonitoredCluster.Defaults);
        using var stop = new CancellationTokenSource();
        var cutting = CutAsync();
        await cluster.FiresAsync("WatchUnstable");
        await stop.CancelAsync();
        await cutting;
        await cluster.ResolvesAsync("WatchUnstable");

        async Task CutAsync()
        {
            using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(1500));
            while (!stop.IsCancellationRequested)
            {
                cluster.Simulator.Faults.CutWatches();
                await pace.WaitForNextTickAsync(CancellationToken.None);
            }
        }
    }

    [Fact]
    public async Task WatchesLate_ChangesThatOnlyListsBring_FiresUntilWatchesDo()
    {
        await using var cluster = await MonitoredCluster.StartAsync(null, ["--watch-idle-timeout", "3s"]);
        using var stop = new CancellationTokenSource();
        var holdingBack = HoldBackAsync();
        await cluster.FiresAsync("WatchesLate");
        await stop.CancelAsync();
        await holdingBack;
        cluster.Simulator.Faults.ThawWatches("pods");
        await cluster.ResolvesAsync("WatchesLate");

        // As a proxy that buffers does: each new watch is taken, and brings nothing of what changes.
        async Task HoldBackAsync()
        {
            var pod = cluster.Simulator.Objects.List(ResourceTypes.Pods)[0];
            using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                cluster.Simulator.Faults.FreezeWatches("pods");
                if (i % 10 == 0) cluster.Simulator.Objects.Change(pod, one => one.Labelled(("change", $"{i}")));
                await pace.WaitForNextTickAsync(CancellationToken.None);
            }
        }
    }

    [Fact]
    public async Task ObjectsLeftOut_PodTooLargeToBeSent_FiresUntilThatIsPast()
    {
        await using var cluster = await MonitoredCluster.StartAsync(null, MonitoredCluster.Defaults);
        cluster.Subscribe(cluster.Replicas[0], MonitoredCluster.QuietNode);
        var pod = cluster.Simulator.Objects.List(ResourceTypes.Pods).First(pod => pod.NodeName == MonitoredCluster.QuietNode);
        cluster.Simulator.Objects.Change(pod, one => one.Labelled(("filler", new string('x', 4_500_000))));
        await cluster.FiresAsync("ObjectsLeftOut");
        await cluster.ResolvesAsync("ObjectsLeftOut");
    }
}
