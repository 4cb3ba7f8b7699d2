namespace MetaCollector.Gateway.Balance;

/// <summary>
/// The rule by which a replica sends streams to the others: slowly, only what exceeds its share by a fifth, and never below a floor.
/// Not thread-safe.
/// </summary>
/// <remarks>
/// A stream that is sent away comes back to any replica, as the Service chooses, this one included. The fifth keeps chance alone from
/// moving streams; the floor keeps few streams where they are. Where those that are sent away always come back here, which a Service
/// with session affinity does, moving them is futile: after many more than chance would need for the excess of all replicas to become
/// less, it stops, until the number of replicas changes or the share is met.
/// </remarks>
internal sealed class StreamShare(int floor, TimeSpan settle, TimeProvider time)
{
    /// <summary>How often the rule is to be asked.</summary>
    public static readonly TimeSpan Round = TimeSpan.FromSeconds(5);

    // Of few streams one a second, of many a hundredth in each round: the excess is gone in minutes, however large it is.
    private const int LeastInARound = 5;
    private const int RoundsForAll = 100;

    private long _settlingSince = time.GetTimestamp();
    private int _lowest = int.MaxValue;
    private int _left;

    /// <summary>How many replicas take subscribers, this one included.</summary>
    public int Replicas { get; private set; }

    /// <summary>With more streams than this some are sent away; null for a replica that is alone.</summary>
    public int? Limit { get; private set; }

    /// <summary>Whether this replica gave up, since what it sends away comes back.</summary>
    public bool IsFutile => _lowest < int.MaxValue && _left == 0;

    /// <summary>Decides for one round.</summary>
    /// <param name="own">How many streams are here.</param>
    /// <param name="others">How many each other replica has that takes subscribers.</param>
    /// <returns>How many streams to send away.</returns>
    public int Excess(int own, IReadOnlyCollection<int> others)
    {
        if (Replicas != others.Count + 1) (Replicas, _settlingSince, _lowest) = (others.Count + 1, time.GetTimestamp(), int.MaxValue);
        Limit = others.Count == 0 ? null : Math.Max(floor, ShareAndAFifth(own + others.Sum(), Replicas));
        if (Limit is not { } limit || own <= limit)
        {
            _lowest = int.MaxValue;
            return 0;
        }

        if (time.GetElapsedTime(_settlingSince) < settle) return 0;
        var excess = own - limit;
        var excessOfAll = excess + others.Sum(other => Math.Max(0, other - limit));
        if (excessOfAll < _lowest) (_lowest, _left) = (excessOfAll, FarBeyondBadLuck(excessOfAll));
        var now = Math.Min(Math.Min(excess, _left), Math.Max(LeastInARound, own / RoundsForAll));
        _left -= now;
        return now;
    }

    // At worst one in as many as there are replicas stays away, while others that have too many send theirs here: a random walk, which
    // takes the square of their number to get anywhere.
    private int FarBeyondBadLuck(int excess) => (2 * Replicas * excess) + (10 * Replicas * Replicas);

    private static int ShareAndAFifth(int total, int replicas) => (int)(((total * 6L) + (replicas * 5L) - 1) / (replicas * 5L));
}
