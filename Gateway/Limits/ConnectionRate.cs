using System.Threading.RateLimiting;
using MetaCollector.Gateway.Diagnostics;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace MetaCollector.Gateway.Limits;

/// <summary>
/// Limits new connections per second. Further connections wait; when too many wait, more are closed, which their clients report as
/// UNAVAILABLE. The subscribers of a lost replica all connect at once: waiting delays them less than backing off. Thread-safe.
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
        // A low rate is replenished one permit at a time, a high one every tenth of a second.
        var together = Math.Max(1, rate / PeriodsPerSecond);
        _metrics = metrics;
        _period = TimeSpan.FromSeconds(1) * together / rate;
        _replenishing = time.CreateTimer(_ => Replenish(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _limiter = new TokenBucketRateLimiter(new TokenBucketRateLimiterOptions
        {
            TokenLimit = rate,
            TokensPerPeriod = together,
            ReplenishmentPeriod = _period,
            // Replenish runs only while connections wait: the limiter's own timer would wake an idle process ten times a second.
            AutoReplenishment = false,
            QueueLimit = rate * SecondsOfWaiting,
            QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
        });
    }

    /// <summary>Calls <paramref name="next"/> when the connection gets a permit.</summary>
    public async Task TakeAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        if (await IsItsTurnAsync(connection)) await next(connection);
    }

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
