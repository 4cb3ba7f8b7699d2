namespace MetaCollector.Gateway.Balance;

/// <summary>
/// Decides how many streams a replica ends so that they reconnect elsewhere: slowly, only those above its share plus a fifth, never below
/// a floor, and none while many arrive. Not thread-safe.
/// </summary>
/// <remarks>
/// The Service chooses the replica to which a stream reconnects, and may choose this one again. The fifth keeps random differences from
/// moving streams. If a Service with session affinity always chooses this replica again, moving streams is futile: it stops after many more
/// moves than a random choice would need to reduce the excess of all replicas, until the number of replicas changes or the share is met.
/// </remarks>
internal sealed class StreamShare(int floor, TimeSpan settle, TimeProvider time)
{
    /// <summary>Time between two decisions.</summary>
    public static readonly TimeSpan Round = TimeSpan.FromSeconds(5);

    // Moves one stream a second, or a hundredth of the streams in each round if that is more: any excess is gone in minutes.
    private const int LeastInARound = 5;
    private const int RoundsForAll = 100;

    // A tenth of all since the last round.
    private const int ArrivingShare = 10;

    private long _settlingSince = time.GetTimestamp();
    private int _total = int.MaxValue;
    private int _lowest = int.MaxValue;
    private int _left;

    /// <summary>How many replicas take subscribers, this one included.</summary>
    public int Replicas { get; private set; }

    /// <summary>The replica moves streams while it has more than this; null for a single replica.</summary>
    public int? Limit { get; private set; }

    /// <summary>Whether this replica stopped moving streams, because they come back.</summary>
    public bool IsFutile => _lowest < int.MaxValue && _left == 0;

    /// <summary>Makes the decision for one round.</summary>
    /// <param name="own">How many streams are here.</param>
    /// <param name="others">How many streams each other replica has that takes subscribers.</param>
    /// <returns>How many streams to end.</returns>
    public int Excess(int own, IReadOnlyCollection<int> others)
    {
        if (Replicas != others.Count + 1) (Replicas, _settlingSince, _lowest) = (others.Count + 1, time.GetTimestamp(), int.MaxValue);
        var (before, total) = (_total, own + others.Sum());
        _total = total;
        Limit = others.Count == 0 ? null : Math.Max(floor, ShareAndAFifth(total, Replicas));
        if (Limit is not { } limit || own <= limit)
        {
            _lowest = int.MaxValue;
            return 0;
        }

        if (time.GetElapsedTime(_settlingSince) < settle || IsArriving(before, total)) return 0;
        var excess = own - limit;
        var excessOfAll = excess + others.Sum(other => Math.Max(0, other - limit));
        if (excessOfAll < _lowest) (_lowest, _left) = (excessOfAll, FarBeyondBadLuck(excessOfAll));
        var now = Math.Min(Math.Min(excess, _left), Math.Max(LeastInARound, own / RoundsForAll));
        _left -= now;
        return now;
    }

    // While many streams arrive, as after a rollout of Falco, who has more than its share was only asked first.
    private static bool IsArriving(int before, int total) => before < total - (total / ArrivingShare);

    // In the worst case only one of as many streams as there are replicas stays away, while other replicas with an excess send theirs here: a
    // random walk, which needs the square of the number of replicas.
    private int FarBeyondBadLuck(int excess) => (2 * Replicas * excess) + (10 * Replicas * Replicas);

    private static int ShareAndAFifth(int total, int replicas) => (int)(((total * 6L) + (replicas * 5L) - 1) / (replicas * 5L));
}
