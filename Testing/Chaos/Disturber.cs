using MetaCollector.Testing.Processes;

namespace MetaCollector.Testing.Chaos;

/// <summary>Does what a <see cref="Disturbance"/> says. Not thread-safe.</summary>
internal sealed class Disturber(ChaosCluster cluster, Random dice)
{
    /// <summary>Whom it strikes.</summary>
    public async Task<ChaosReplica[]> VictimsAsync(Disturbance disturbance, CancellationToken cancellation)
    {
        var leader = await cluster.LeaderAsync(cancellation);
        // Of the others the one that has been there for longest: a new one holds nothing yet that could be missed.
        var others = cluster.Replicas().Where(replica => replica != leader);
        return disturbance switch
        {
            Disturbance.KillLeader or Disturbance.StopLeader or Disturbance.FreezeLeader or Disturbance.CutLeaderFromApiServer or Disturbance.CutLeaderFromOthers =>
                [leader],
            Disturbance.KillOther or Disturbance.StopOther or Disturbance.FreezeOther or Disturbance.CutOtherFromApiServer or Disturbance.CutOtherFromOthers =>
                [others.First()],
            Disturbance.KillLeaderAndOther or Disturbance.CutTwoApart => [leader, others.First()],
            Disturbance.KillAll => cluster.Replicas(),
            Disturbance.Pause => [dice.Next(3) == 0 ? leader : others.First()],
            _ => [],
        };
    }

    /// <summary>Disturbs; returns when what was to last for a while is over.</summary>
    public async Task DisturbAsync(Disturbance disturbance, ChaosReplica[] victims, CancellationToken cancellation)
    {
        foreach (var victim in victims) victim.IsDisturbed = true;
        switch (disturbance)
        {
            case Disturbance.KillLeader or Disturbance.KillOther or Disturbance.KillLeaderAndOther:
                Signal(victims, Signals.Kill);
                break;
            case Disturbance.KillAll:
                Signal(victims, Signals.Kill);
                foreach (var victim in victims) await victim.Collector.Process.WaitForExitAsync(cancellation);
                await cluster.ReplaceAsync(cancellation);
                await cluster.AllReadyAsync(cancellation);
                break;
            case Disturbance.StopLeader or Disturbance.StopOther:
                Signal(victims, Signals.Terminate);
                break;
            case Disturbance.FreezeLeader or Disturbance.FreezeOther:
                await FreezeAsync(victims, Between(7, 12), cancellation);
                break;
            case Disturbance.Pause:
                await FreezeAsync(victims, Between(1, 2), cancellation);
                break;
            case Disturbance.CutLeaderFromApiServer or Disturbance.CutOtherFromApiServer:
                await CutAsync(victims[0].Name, ChaosCluster.ApiServer, Between(17, 20), cancellation);
                break;
            case Disturbance.CutLeaderFromOthers or Disturbance.CutOtherFromOthers:
                foreach (var other in cluster.Replicas().Except(victims)) cluster.Network.Cut(victims[0].Name, other.Name);
                await MendAfterAsync(Between(7, 12), cancellation);
                break;
            case Disturbance.CutTwoApart:
                await CutAsync(victims[0].Name, victims[1].Name, Between(7, 12), cancellation);
                break;
            case Disturbance.DeleteLease:
                cluster.ControlPlane.DeleteLease();
                break;
            case Disturbance.DeleteTable:
                cluster.ControlPlane.DeleteTable();
                break;
            case Disturbance.RestartApiServer:
                await cluster.Simulator.RestartAsync(Between(1, 4), cancellation: cancellation);
                break;
            case Disturbance.LoseApiServer:
                await cluster.Simulator.RestartAsync(Between(17, 20), cancellation: cancellation);
                break;
        }
    }

    private static void Signal(ChaosReplica[] victims, int signal)
    {
        foreach (var victim in victims) victim.Collector.Process.Signal(signal);
    }

    private static async Task FreezeAsync(ChaosReplica[] victims, TimeSpan time, CancellationToken cancellation)
    {
        Signal(victims, Signals.Stop);
        await Task.Delay(time, cancellation);
        Signal(victims, Signals.Continue);
    }

    private Task CutAsync(string one, string other, TimeSpan time, CancellationToken cancellation)
    {
        cluster.Network.Cut(one, other);
        return MendAfterAsync(time, cancellation);
    }

    private async Task MendAfterAsync(TimeSpan time, CancellationToken cancellation)
    {
        await Task.Delay(time, cancellation);
        cluster.Network.Mend();
    }

    private TimeSpan Between(double least, double most) => TimeSpan.FromSeconds(least + (dice.NextDouble() * (most - least)));
}
