using MetaCollector.Gateway.Diagnostics;
using MetaCollector.Gateway.Streams;
using MetaCollector.Grains.Interfaces.Replicas;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MetaCollector.Gateway.Balance;

/// <summary>Ends streams so that they reconnect to other replicas, as <see cref="StreamShare"/> decides; mostly after a scale-up.</summary>
internal sealed class StreamBalancer(
    OpenStreams streams, IOtherReplicas others, IOptions<GatewayOptions> options, GatewayMetrics metrics, TimeProvider time,
    ILogger<StreamBalancer> logger) : BackgroundService
{
    private readonly StreamShare _share = new(options.Value.RebalanceFloor, options.Value.RebalanceAfter, time);
    private bool _isMoving;
    private bool _wasFutile;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (!streams.IsDraining)
            {
                var excess = await ExcessAsync(stoppingToken);
                await SendAwayAsync(excess, stoppingToken);
                if (_share.Replicas == 1) await others.WaitForAnyAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    private async Task<int> ExcessAsync(CancellationToken stopping)
    {
        try
        {
            var counts = await others.CountStreamsAsync().WaitAsync(stopping);
            var own = streams.Count;
            var excess = _share.Excess(own, counts);
            metrics.StreamShare = _share.Limit;
            Tell(own, excess);
            return excess;
        }
        catch (Exception exception) when (!stopping.IsCancellationRequested)
        {
            // A replica that does not answer may be dying, or be of an older version. Move nothing then.
            Log.StreamsUnknown(logger, exception);
            return 0;
        }
    }

    // Spread over the round, with jitter, so that neither subscribers nor replicas act in step.
    private async Task SendAwayAsync(int count, CancellationToken stopping)
    {
        var pause = StreamShare.Round * (0.9 + (Random.Shared.NextDouble() * 0.2)) / Math.Max(1, count);
        for (var i = 0; i < Math.Max(1, count); i++)
        {
            if (i < count) streams.EndAny(StreamEnd.Rebalanced(_share.Limit ?? 0, _share.Replicas));
            await Task.Delay(pause, time, stopping);
        }
    }

    private void Tell(int own, int excess)
    {
        if (excess > 0 && !_isMoving) Log.Rebalancing(logger, own, _share.Limit ?? 0, _share.Replicas);
        if (_share.IsFutile && !_wasFutile) Log.RebalancingIsFutile(logger, own, _share.Limit ?? 0, _share.Replicas);
        (_isMoving, _wasFutile) = (excess > 0, _share.IsFutile);
    }
}
