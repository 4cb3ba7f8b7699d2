using System.Diagnostics;

namespace MetaCollector.Testing.Chaos;

/// <summary>Disturbs a cluster, once for each call, and measures what its subscribers see of it. Not thread-safe.</summary>
internal sealed class ChaosRun(ChaosCluster cluster)
{
    private const int Kill = 9;
    private const int Terminate = 15;
    private const int Continue = 18;
    private const int Stop = 19;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // For so long, at least, changes go on after a disturbance: what breaks may do so late.
    private static readonly TimeSpan Watched = TimeSpan.FromSeconds(4);

    private readonly Random _dice = new(cluster.Shape.Seed);
    private int _rounds;
    private int _faults;
    private int _broken;

    /// <summary>Does this, under changes; then lets everything come to rest, compares, and puts new replicas in place of those that ended.</summary>
    public async Task<ChaosRound> RoundAsync(Disturbance disturbance, CancellationToken cancellation)
    {
        var victim = await VictimAsync(disturbance, cancellation);
        long disturbed, lists;
        TimeSpan first, longest, moved;
        ChaosSubscriber[] moving;
        // What is created after the churn has begun is left alone by it.
        await using (cluster.Simulator.StartChurn(cluster.Shape.Churn, seed: ++_rounds))
        await using (var probes = new Probes(cluster.Simulator, _rounds, cluster.Nodes, cluster.Shape.Namespaces))
        {
            cluster.Received = (subscriber, received) => probes.Received(subscriber.Node, received);
            probes.Start();
            await AllKnowAsync(probes, Stopwatch.GetTimestamp(), cancellation);

            lists = cluster.Lists;
            moving = [.. cluster.Subscribers.Where(subscriber => victim is not null && subscriber.Replica == victim)];
            disturbed = Stopwatch.GetTimestamp();
            await DisturbAsync(disturbance, victim, cancellation);
            await AllKnowAsync(probes, disturbed, cancellation);
            if (Stopwatch.GetElapsedTime(disturbed) is var sofar && sofar < Watched) await Task.Delay(Watched - sofar, cancellation);
            await probes.EndAsync();
            await AllKnowAsync(probes, probes.Last, cancellation);

            var waited = cluster.Subscribers.ToLookup(moving.Contains, subscriber => probes.Waited(subscriber.Node, disturbed));
            first = (waited.Contains(false) ? waited[false] : waited[true]).Select(each => each.First).Where(each => each >= TimeSpan.Zero).DefaultIfEmpty(Timeout.InfiniteTimeSpan).Min();
            longest = waited[false].Select(each => each.Longest).DefaultIfEmpty().Max();
            moved = waited[true].Any(each => each.First < TimeSpan.Zero) ? Timeout.InfiniteTimeSpan : waited[true].Select(each => each.First).DefaultIfEmpty().Max();
            lists = cluster.Lists - lists;
            cluster.Received = null;
        }

        if (victim is not null && disturbance is not (Disturbance.FreezeLeader or Disturbance.FreezeOther))
            await victim.Collector.Process.WaitForExitAsync(cancellation).WaitAsync(Patience, cancellation);
        var fallen = cluster.Fallen.Select(replica => $"the replica at port {replica.Collector.BrokerPort} ended:\n{replica.Collector.Process.Tail}").ToArray();
        await cluster.ReplaceAsync(cancellation);
        var differences = await cluster.CompareAsync(cancellation);
        if (victim is not null) victim.IsDisturbed = false;
        var faults = cluster.Subscribers.SelectMany(subscriber => subscriber.Faults.Select(fault => $"{subscriber.Node}: {fault}")).ToArray();
        var broken = cluster.Subscribers.SelectMany(subscriber => subscriber.Broken).ToArray();
        var round = new ChaosRound
        {
            Disturbance = disturbance,
            First = first,
            Longest = longest,
            Moved = moved,
            Streams = moving.Length,
            Lists = lists,
            Deviations = differences,
            Broken = [.. fallen, .. broken.Skip(_broken)],
            Faults = [.. faults.Skip(_faults)],
        };
        (_faults, _broken) = (faults.Length, broken.Length);
        return round;
    }

    private async Task<ChaosReplica?> VictimAsync(Disturbance disturbance, CancellationToken cancellation)
    {
        var leader = await cluster.LeaderAsync(cancellation);
        return disturbance switch
        {
            Disturbance.KillLeader or Disturbance.StopLeader or Disturbance.FreezeLeader => leader,
            Disturbance.KillOther or Disturbance.StopOther or Disturbance.FreezeOther =>
                // The one that has been there for longest: a new one holds nothing yet that could be missed.
                cluster.Replicas().First(replica => replica != leader),
            _ => null,
        };
    }

    private async Task DisturbAsync(Disturbance disturbance, ChaosReplica? victim, CancellationToken cancellation)
    {
        if (victim is not null) victim.IsDisturbed = true;
        switch (disturbance)
        {
            case Disturbance.KillLeader or Disturbance.KillOther:
                victim!.Collector.Process.Signal(Kill);
                break;
            case Disturbance.StopLeader or Disturbance.StopOther:
                victim!.Collector.Process.Signal(Terminate);
                break;
            case Disturbance.FreezeLeader or Disturbance.FreezeOther:
                victim!.Collector.Process.Signal(Stop);
                await Task.Delay(TimeSpan.FromSeconds(1 + (_dice.NextDouble() * 9)), cancellation);
                victim.Collector.Process.Signal(Continue);
                break;
            case Disturbance.DeleteLease:
                cluster.DeleteLease();
                break;
            case Disturbance.DeleteTable:
                cluster.DeleteTable();
                break;
            case Disturbance.RestartApiServer:
                await cluster.Simulator.RestartAsync(TimeSpan.FromSeconds(1 + (_dice.NextDouble() * 3)), cancellation: cancellation);
                break;
        }
    }

    // Whoever never comes to know is seen by the comparison.
    private async Task AllKnowAsync(Probes probes, long moment, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < Patience && !cluster.Nodes.All(node => probes.Knows(node, moment)))
            await Task.Delay(20, cancellation);
    }
}
