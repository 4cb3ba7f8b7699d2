using Microsoft.Extensions.Options;

namespace MetaCollector.Gateway.Limits;

/// <summary>Whether there is too little memory for another stream. Thread-safe.</summary>
/// <remarks>
/// Whoever only refuses allocates little, so nothing would be collected and nothing change: while it is above the mark, it has the
/// heap collected now and then.
/// </remarks>
internal sealed class MemoryWatermark(IMemoryLoad load, IOptions<GatewayOptions> options, TimeProvider time)
{
    private static readonly TimeSpan BetweenRefreshes = TimeSpan.FromSeconds(10);

    private long _refreshedAt;

    /// <summary>How full the heap is, and how full it may be: 0 to 1 both.</summary>
    public (double Used, double Mark) Now => (load.Fraction, options.Value.Limits.MemoryHighWater / 100.0);

    /// <summary>Whether it is above the mark.</summary>
    public bool IsAbove
    {
        get
        {
            if (load.Fraction * 100 <= options.Value.Limits.MemoryHighWater) return false;
            var before = Interlocked.Read(ref _refreshedAt);
            if ((before == 0 || time.GetElapsedTime(before) > BetweenRefreshes)
                && Interlocked.CompareExchange(ref _refreshedAt, time.GetTimestamp(), before) == before)
            {
                load.Refresh();
            }

            return true;
        }
    }
}
