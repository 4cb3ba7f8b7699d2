using System.Diagnostics;
using MetaCollector.Simulator.Churning;

namespace MetaCollector.Testing.Chaos;

/// <summary>Disturbs a cluster, once for each call, and measures what its subscribers see of it. Not thread-safe.</summary>
internal sealed class ChaosRun(ChaosCluster cluster)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    // For so long, at least, changes go on after a disturbance: what breaks may do so late.
    private static readonly TimeSpan Watched = TimeSpan.FromSeconds(4);

    // Services keep their selectors, so that one that goes and comes back was deleted in error.
    private static readonly ChurnMix Mix = new() { ServiceSelectors = 0 };

    private readonly Disturber _disturber = new(cluster, new Random(cluster.Shape.Seed));
    private int _rounds;
    private int _faults;
    private int _broken;

    /// <summary>Does this, under changes; then lets everything come to rest, compares, and puts new replicas in place of those that ended.</summary>
    public async Task<ChaosRound> RoundAsync(Disturbance disturbance, CancellationToken cancellation)
    {
        var victims = await _disturber.VictimsAsync(disturbance, cancellation);
        var (watches, lists) = (cluster.Watches, cluster.Lists);
        long disturbed;
        TimeSpan? newLeader, dead;
        TimeSpan longest, moved;
        ChaosSubscriber[] moving;
        // What is created after the churn has begun is left alone by it.
        await using (cluster.Simulator.StartChurn(cluster.Shape.Churn, Mix, seed: ++_rounds, spared: ControlPlane.Namespace))
        await using (var probes = new Probes(cluster.Simulator, _rounds, cluster.Nodes, cluster.Shape.Namespaces))
        {
            cluster.Received = (subscriber, received) => probes.Received(subscriber.Node, received);
            probes.Start();
            await AllKnowAsync(probes, Stopwatch.GetTimestamp(), cancellation);

            moving = [.. cluster.Subscribers.Where(subscriber => Array.Exists(victims, victim => subscriber.Replica == victim))];
            await using var aftermath = new Aftermath(cluster.ControlPlane, victims);
            disturbed = Stopwatch.GetTimestamp();
            await _disturber.DisturbAsync(disturbance, victims, cancellation);
            await AllKnowAsync(probes, disturbed, cancellation);
            if (Stopwatch.GetElapsedTime(disturbed) is var sofar && sofar < Watched) await Task.Delay(Watched - sofar, cancellation);
            if (aftermath.Elected is { } elected) await AllKnowAsync(probes, elected, cancellation);
            await probes.EndAsync();
            await AllKnowAsync(probes, probes.Last, cancellation);

            var staying = cluster.Subscribers.Except(moving).ToArray();
            newLeader = aftermath.Elected is { } moment
                ? Add(Stopwatch.GetElapsedTime(disturbed, moment), First(staying.Length > 0 ? staying : moving, probes, moment)) : null;
            dead = aftermath.DeclaredDead is { } death ? Stopwatch.GetElapsedTime(disturbed, death) : null;
            longest = staying.Select(subscriber => probes.Waited(subscriber.Node, disturbed)).Select(each => each.First < TimeSpan.Zero ? each.First : each.Longest)
                .DefaultIfEmpty().Aggregate(Later);
            moved = moving.Select(subscriber => probes.Waited(subscriber.Node, disturbed).First).DefaultIfEmpty().Aggregate(Later);
            cluster.Received = null;
        }

        if (disturbance is Disturbance.KillLeader or Disturbance.KillOther or Disturbance.KillLeaderAndOther or Disturbance.StopLeader or Disturbance.StopOther)
            foreach (var victim in victims) await victim.Collector.Process.WaitForExitAsync(cancellation).WaitAsync(Patience, cancellation);
        var fallen = cluster.Fallen.Select(replica => $"{replica.Name} ended:\n{replica.Collector.Process.Tail}").ToArray();
        if (disturbance == Disturbance.Pause && dead is not null) fallen = [.. fallen, $"{victims[0].Name} was declared dead though it was only busy"];
        await cluster.ReplaceAsync(cancellation);
        await cluster.AllReadyAsync(cancellation);
        var differences = await cluster.CompareAsync(cancellation);
        foreach (var victim in victims) victim.IsDisturbed = false;
        var faults = cluster.Subscribers.SelectMany(subscriber => subscriber.Faults.Select(fault => $"{subscriber.Node}: {fault}")).ToArray();
        var broken = cluster.Subscribers.SelectMany(subscriber => subscriber.Broken).ToArray();
        var round = new ChaosRound
        {
            Disturbance = disturbance,
            DeclaredDead = dead,
            NewLeader = newLeader,
            Longest = longest,
            Moved = moved,
            Streams = moving.Length,
            Lists = cluster.Lists - lists,
            Watches = (watches, cluster.Watches),
            Deviations = differences,
            Broken = [.. fallen, .. broken.Skip(_broken)],
            Faults = [.. faults.Skip(_faults)],
        };
        (_faults, _broken) = (faults.Length, broken.Length);
        return round;
    }

    private static TimeSpan First(ChaosSubscriber[] subscribers, Probes probes, long moment) => subscribers
        .Select(subscriber => probes.Waited(subscriber.Node, moment).First).Where(first => first >= TimeSpan.Zero).DefaultIfEmpty(Timeout.InfiniteTimeSpan).Min();

    private static TimeSpan Add(TimeSpan before, TimeSpan time) => time < TimeSpan.Zero ? time : before + time;

    // Never is later than any time.
    private static TimeSpan Later(TimeSpan one, TimeSpan other) => one < TimeSpan.Zero || (other >= TimeSpan.Zero && one > other) ? one : other;

    // Whoever never comes to know is seen by the comparison.
    private async Task AllKnowAsync(Probes probes, long moment, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < Patience && !cluster.Nodes.All(node => probes.Knows(node, moment)))
            await Task.Delay(20, cancellation);
    }
}
