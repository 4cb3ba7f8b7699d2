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

    private readonly Lock _lock = new();
    private readonly TokenBucketRateLimiter _limiter;
    private readonly TimeSpan _period;
    private readonly ITimer _replenishing;
    private readonly GatewayMetrics _metrics;
    private bool _isReplenishing;

    public ConnectionRate(IOptions<GatewayOptions> options, GatewayMetrics metrics, TimeProvider time)
    {
        var rate = options.Value.Limits.ConnectionsPerSecond;
        // Few in a second come one at a time, many in tenths of a second.
        var together = Math.Max(1, rate / PeriodsPerSecond);
        _metrics = metrics;
        _period = TimeSpan.FromSeconds(1) * together / rate;
        _replenishing = time.CreateTimer(_ => Replenish(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _limiter = new TokenBucketRateLimiter(new TokenBucketRateLimiterOptions
        {
            TokenLimit = rate,
            TokensPerPeriod = together,
            ReplenishmentPeriod = _period,
            // Only while somebody waits: a timer of its own would wake an idle process ten times a second.
            AutoReplenishment = false,
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
    public void Dispose()
    {
        lock (_lock)
        {
            _isReplenishing = false;
            _replenishing.Dispose();
            _limiter.Dispose();
        }
    }

    private async ValueTask<bool> IsItsTurnAsync(ConnectionContext connection)
    {
        try
        {
            _limiter.TryReplenish();
            var turn = _limiter.AcquireAsync(1, connection.ConnectionClosed);
            if (!turn.IsCompleted) KeepReplenishing();
            using var lease = await turn;
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

    private void KeepReplenishing()
    {
        lock (_lock)
        {
            if (_isReplenishing) return;
            _isReplenishing = _replenishing.Change(_period, _period);
        }
    }

    private void Replenish()
    {
        lock (_lock)
        {
            if (!_isReplenishing) return;
            _limiter.TryReplenish();
            _isReplenishing = _limiter.GetStatistics() is { CurrentQueuedCount: > 0 };
            if (!_isReplenishing) _replenishing.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }
}
