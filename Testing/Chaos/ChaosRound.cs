using MetaCollector.Testing.Oracle;

namespace MetaCollector.Testing.Chaos;

/// <summary>What became of one disturbance. Times that never came are infinite; those of what was not to come are null.</summary>
internal sealed record ChaosRound
{
    /// <summary>What was done.</summary>
    public required Disturbance Disturbance { get; init; }

    /// <summary>From the disturbance until the membership table said that the replica is dead; the last, where there are several.</summary>
    public required TimeSpan? DeclaredDead { get; init; }

    /// <summary>From the disturbance to the first event, on any stream of an undisturbed replica, of a change made after another replica took the Lease.</summary>
    public required TimeSpan? NewLeader { get; init; }

    /// <summary>For how long a change was unknown to a stream of an undisturbed replica, at most.</summary>
    public required TimeSpan Longest { get; init; }

    /// <summary>From the disturbance until all streams of the disturbed replica were told, there or elsewhere, of a change made after it.</summary>
    public required TimeSpan Moved { get; init; }

    /// <summary>How many streams the disturbed replica had.</summary>
    public required int Streams { get; init; }

    /// <summary>How often a kind was read whole.</summary>
    public required long Lists { get; init; }

    /// <summary>How many watches of a kind were open at the API server, before and after.</summary>
    public required (int Before, int After) Watches { get; init; }

    /// <summary>In what subscribers differ from the oracle, after a quiet moment.</summary>
    public required Deviations Deviations { get; init; }

    /// <summary>Streams that broke though nothing was done to their replica, and replicas that ended or were given up without a reason.</summary>
    public required IReadOnlyList<string> Broken { get; init; }

    /// <summary>Events that no stream may receive.</summary>
    public required IReadOnlyList<string> Faults { get; init; }

    /// <summary>
    /// How long a change may be unknown after a replica was killed, frozen or cut off from the others, to the streams of the others, and but for one that is
    /// frozen to its own, there or elsewhere; null for disturbances that last as long as they please.
    /// </summary>
    public TimeSpan? Limit => Disturbance switch
    {
        Disturbance.KillLeader or Disturbance.KillOther or Disturbance.FreezeLeader or Disturbance.FreezeOther => TimeSpan.FromSeconds(8),
        // Who is cut off ends once it reads in the table that it is dead, which it does every ten seconds; its streams then go to the others.
        Disturbance.KillAll or Disturbance.CutLeaderFromOthers or Disturbance.CutOtherFromOthers => TimeSpan.FromSeconds(20),
        // One vote is left where two are asked for, until three heartbeats are missing, 15 to 20 s; then another leader is elected.
        Disturbance.KillLeaderAndOther => TimeSpan.FromSeconds(25),
        _ => null,
    };

    /// <summary>Whether it took longer than that. The streams of a frozen replica wait until it is told that it is dead.</summary>
    public bool IsLate => Longest > Limit || (Disturbance is not (Disturbance.FreezeLeader or Disturbance.FreezeOther) && Moved > Limit);

    /// <summary>Whether nothing was wrong.</summary>
    public bool IsClean =>
        Deviations.IsClean && Broken.Count == 0 && Faults.Count == 0 && Longest >= TimeSpan.Zero && Moved >= TimeSpan.Zero && !IsLate;
}
