using Microsoft.Extensions.Options;

namespace MetaCollector.Gateway.Limits;

/// <summary>Decides whether there is enough memory for another stream. Thread-safe.</summary>
/// <remarks>
/// Refusing streams allocates little, so no garbage collection would run and the measurement would stay: above the mark it requests a
/// collection every few seconds.
/// </remarks>
internal sealed class MemoryWatermark(IMemoryLoad load, IOptions<GatewayOptions> options, TimeProvider time)
{
    private static readonly TimeSpan BetweenRefreshes = TimeSpan.FromSeconds(10);

    private long _refreshedAt;

    /// <summary>The used fraction of the heap, and the mark: 0 to 1 both.</summary>
    public (double Used, double Mark) Now => (load.Fraction, options.Value.Limits.MemoryHighWater / 100.0);

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
