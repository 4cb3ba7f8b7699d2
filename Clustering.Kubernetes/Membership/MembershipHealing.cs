namespace MetaCollector.Clustering.Kubernetes.Membership;

/// <summary>What was found in the cluster.</summary>
internal enum TableCondition
{
    /// <summary>No object, or one without a table.</summary>
    Missing,

    /// <summary>There is something, and it is no table.</summary>
    Unreadable,

    /// <summary>A table that no silo wrote: the checksum is wrong.</summary>
    Edited,

    /// <summary>A table as a silo wrote it.</summary>
    Sound,
}

/// <summary>
/// How a table that was deleted, edited by hand or set back becomes whole again. Pure.
/// </summary>
/// <remarks>
/// A silo that is missing from a newer view stops itself; so a live row must never get lost, whatever happens to the object. Every
/// silo remembers the last table that it has seen, and whatever it finds must have grown out of that one: silos only ever write
/// a sound table with the epoch of the one that they have read. Anything else gets what is missing put back, under a new epoch
/// and a version above all that were seen, so that each silo checks it in turn: after one round, what any of them knew is there.
/// Death is final: a silo that anybody knows to be dead stays dead.
/// </remarks>
internal static class MembershipHealing
{
    /// <summary>What should be written in place of what was found; null where that may be believed.</summary>
    /// <param name="known">The last table seen by this silo; null where there is none yet.</param>
    /// <param name="condition">In which state the table was found.</param>
    /// <param name="found">The table found; null where it is missing or unreadable.</param>
    /// <param name="clusterId">Whose table it is.</param>
    public static MembershipDocument? Heal(MembershipDocument? known, TableCondition condition, MembershipDocument? found, string clusterId)
    {
        if (found is null)
            return known is null ? MembershipDocument.Empty(clusterId) : known with { Epoch = MembershipDocument.NewEpoch(), Version = known.Version + 1 };
        if (condition == TableCondition.Sound && (known is null || IsSuccessor(known, found))) return null;

        var rows = (known?.Rows ?? []).ToDictionary(row => row.Address);
        var version = Math.Max(known?.Version ?? 0, found.Version) + 1;
        foreach (var row in found.Rows)
        {
            rows[row.Address] = rows.TryGetValue(row.Address, out var mine)
                ? Newer(mine, row, trusted: condition == TableCondition.Sound) with { Changed = version }
                : row;
        }

        return new(clusterId, MembershipDocument.NewEpoch(), version, [.. rows.Values]);
    }

    private static bool IsSuccessor(MembershipDocument known, MembershipDocument found)
    {
        if (found.Epoch == known.Epoch) return found.Version >= known.Version;
        if (found.Version <= known.Version) return false;
        var rows = found.Rows.ToDictionary(row => row.Address);
        return known.Rows.All(mine => rows.TryGetValue(mine.Address, out var other) ? mine.IsLive || !other.IsLive : !mine.IsLive);
    }

    // A silo's status only ever moves on. An editor's word that a silo is dead counts for nothing: who declared it knows, and heals.
    private static MembershipRow Newer(MembershipRow mine, MembershipRow other, bool trusted)
    {
        if (!trusted && other.Status == SiloStatus.Dead) return mine;
        if (other.Status != mine.Status) return other.Status > mine.Status ? other : mine;
        return other.IAmAliveTime > mine.IAmAliveTime ? other : mine;
    }
}
