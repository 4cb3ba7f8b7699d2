using System.Threading.RateLimiting;
using MetaCollector.Gateway.Diagnostics;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace MetaCollector.Gateway.Limits;

/// <summary>
/// Takes so many connections in a second; others wait their turn, and when too many wait, more are closed, which their clients take for
/// UNAVAILABLE. After a replica was lost its subscribers all come at once: waiting is better for them than backing off. Thread-safe.
/// </summary>
internal sealed class ConnectionRate : IDisposable
{
    private const int PeriodsPerSecond = 10;
    private const int SecondsOfWaiting = 10;

    private readonly RateLimiter _limiter;
    private readonly GatewayMetrics _metrics;

    public ConnectionRate(IOptions<GatewayOptions> options, GatewayMetrics metrics)
    {
        var rate = options.Value.Limits.ConnectionsPerSecond;
        // Few in a second come one at a time, many in tenths of a second.
        var together = Math.Max(1, rate / PeriodsPerSecond);
        _metrics = metrics;
        _limiter = new TokenBucketRateLimiter(new TokenBucketRateLimiterOptions
        {
            TokenLimit = rate,
            TokensPerPeriod = together,
            ReplenishmentPeriod = TimeSpan.FromSeconds(1) * together / rate,
            QueueLimit = rate * SecondsOfWaiting,
            QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
        });
    }

    /// <summary>Goes on with a connection when its turn has come.</summary>
    public async Task TakeAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        if (await IsItsTurnAsync(connection)) await next(connection);
    }

    /// <inheritdoc/>
    public void Dispose() => _limiter.Dispose();

    private async ValueTask<bool> IsItsTurnAsync(ConnectionContext connection)
    {
        try
        {
            using var lease = await _limiter.AcquireAsync(1, connection.ConnectionClosed);
            if (lease.IsAcquired) return true;
            _metrics.ConnectionRefused();
            connection.Abort(new ConnectionAbortedException("too many connections in a second (--connections-per-second)"));
        }
        catch (OperationCanceledException)
        {
            // The client did not wait.
        }

        return false;
    }
}
