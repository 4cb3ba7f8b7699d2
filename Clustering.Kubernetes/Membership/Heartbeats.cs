namespace MetaCollector.Clustering.Kubernetes.Membership;

/// <summary>
/// For how long each silo has written no heartbeat, by this silo's monotonic clock. The time in a heartbeat is from its writer's clock: compared with
/// another clock that is wrong by half a minute, it would make a live silo look lost. Thread-safe.
/// </summary>
/// <remarks>
/// Time in which this silo could not read the table does not count, since the others could not write either. A new row is fresh, except in the first
/// table that this silo reads: there a row is as old as its times say where that is more than <see cref="WrongestClock"/>.
/// </remarks>
/// <param name="longestStep">How much time between two reads counts at most; somewhat more than usually passes.</param>
/// <param name="time">The clock.</param>
internal sealed class Heartbeats(TimeSpan longestStep, TimeProvider time)
{
    /// <summary>How wrong the clocks of a cluster may be: beyond it, tokens and certificates fail as well.</summary>
    internal static readonly TimeSpan WrongestClock = TimeSpan.FromMinutes(5);

    private readonly Lock _lock = new();
    private Dictionary<string, Sighting> _seen = [];
    private long? _lookedAt;

    private sealed record Sighting(DateTime Alive, SiloStatus Status, TimeSpan Age);

    /// <summary>Notes the rows of the table as it is now, and forgets silos that are not in it.</summary>
    public void Look(IReadOnlyList<MembershipRow> rows)
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            var step = _lookedAt is { } last ? time.GetElapsedTime(last, now) : TimeSpan.Zero;
            if (step > longestStep) step = longestStep;
            var isFirst = _lookedAt is null;
            _lookedAt = now;
            _seen = rows.ToDictionary(row => row.Address, row => See(row, step, isFirst));
        }
    }

    /// <summary>For how long a silo's heartbeat and status have not changed; null where the silo has no row.</summary>
    public TimeSpan? AgeOf(string address)
    {
        lock (_lock) return _seen.TryGetValue(address, out var sighting) ? sighting.Age : null;
    }

    private Sighting See(MembershipRow row, TimeSpan step, bool isFirst)
    {
        if (_seen.TryGetValue(row.Address, out var before))
            return before.Alive == row.IAmAliveTime && before.Status == row.Status ? before with { Age = before.Age + step } : new(row.IAmAliveTime, row.Status, TimeSpan.Zero);
        var age = time.GetUtcNow().UtcDateTime - row.LastUpdate;
        return new(row.IAmAliveTime, row.Status, isFirst && age > WrongestClock ? age : TimeSpan.Zero);
    }
}
