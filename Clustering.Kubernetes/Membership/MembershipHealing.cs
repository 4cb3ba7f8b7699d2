namespace MetaCollector.Clustering.Kubernetes.Membership;

/// <summary>The state in which a silo finds the table.</summary>
internal enum TableCondition
{
    /// <summary>No object, or one without a table.</summary>
    Missing,

    /// <summary>The text is no table.</summary>
    Unreadable,

    /// <summary>A table that no silo wrote: the checksum is wrong.</summary>
    Edited,

    /// <summary>A table as a silo wrote it.</summary>
    Sound,
}

/// <summary>
/// Repairs a table that somebody deleted, edited or set back. Pure.
/// </summary>
/// <remarks>
/// A silo that is missing from a newer table stops itself, so the row of a live silo must never get lost. Each silo remembers the newest table that it has
/// read, and expects the next one to descend from it: a silo writes a sound table with the epoch that it has read. Into any other table a silo puts the rows
/// that are missing, with a new epoch and a higher version, so that each other silo checks it in turn: after one round the table has all rows that any silo
/// knew. Death is final: a silo that any other knows to be dead stays dead.
/// </remarks>
internal static class MembershipHealing
{
    /// <summary>The table to write in place of the one that was found; null where that one is right.</summary>
    /// <param name="known">The newest table that this silo has read; null where it has read none.</param>
    /// <param name="condition">In which state the table was found.</param>
    /// <param name="found">The table found; null where it is missing or unreadable.</param>
    /// <param name="clusterId">The cluster id.</param>
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

    // A silo's status only moves on. A Dead that somebody wrote by hand is ignored: a silo that declares another dead remembers it, and repairs the table.
    private static MembershipRow Newer(MembershipRow mine, MembershipRow other, bool trusted)
    {
        if (!trusted && other.Status == SiloStatus.Dead) return mine;
        if (other.Status != mine.Status) return other.Status > mine.Status ? other : mine;
        return other.IAmAliveTime > mine.IAmAliveTime ? other : mine;
    }
}
