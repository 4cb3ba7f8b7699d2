namespace MetaCollector.Clustering.Kubernetes.Membership;

/// <summary>
/// For how long each silo has given no sign of life, by this silo's own monotonic clock: a heartbeat is written with the clock of the silo that
/// gives it, and a clock that is wrong by half a minute would make all others look lost. Thread-safe.
/// </summary>
/// <remarks>
/// Only time in which this silo looked counts, as an API server that was away kept the others from writing too. A row seen for the first time
/// counts as fresh; one that was there before this silo looked first does not where the times in it are older than clocks are wrong.
/// </remarks>
/// <param name="longestStep">How much time between two looks counts; somewhat more than usually passes.</param>
/// <param name="time">The clock.</param>
internal sealed class Heartbeats(TimeSpan longestStep, TimeProvider time)
{
    /// <summary>How wrong the clocks of a cluster may be: beyond it, tokens and certificates fail as well.</summary>
    internal static readonly TimeSpan WrongestClock = TimeSpan.FromMinutes(5);

    private readonly Lock _lock = new();
    private Dictionary<string, Sighting> _seen = [];
    private long? _lookedAt;

    private sealed record Sighting(DateTime Alive, SiloStatus Status, TimeSpan Age);

    /// <summary>Notes what the table says now; whoever is not in it is forgotten.</summary>
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

    /// <summary>For how long a silo's row has said the same; null where it was not seen.</summary>
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
