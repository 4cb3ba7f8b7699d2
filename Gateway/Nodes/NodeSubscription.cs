using MetaCollector.Gateway.Diagnostics;
using MetaCollector.Grains.Interfaces.Leadership;
using Microsoft.Extensions.Logging;

namespace MetaCollector.Gateway.Nodes;

/// <summary>
/// Keeps one view subscribed at its node's grain: says now and then, and at once when the cluster changed, which positions are held.
/// What is missing comes to the view by itself. <see cref="Stop"/> is thread-safe.
/// </summary>
internal sealed class NodeSubscription(
    NodeView view, INodeSource source, LeaderDirectory leaders, GatewayOptions options, TimeProvider time, ILogger logger)
    : IDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _stop = new();

    /// <summary>The loop; it never fails.</summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    /// <summary>Begins.</summary>
    /// <param name="abandoned">Ends the subscription without telling the grain.</param>
    public void Start(CancellationToken abandoned) => Completion = Task.Run(() => RunAsync(abandoned), CancellationToken.None);

    /// <summary>Ends the subscription, and tells the grain.</summary>
    public void Stop() => _stop.Cancel();

    /// <summary>Gives up what the loop needed; after it has ended.</summary>
    public void Dispose() => _stop.Dispose();

    private async Task RunAsync(CancellationToken abandoned)
    {
        using var line = source.Open(view.Node, view);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, abandoned);
        try
        {
            await KeepAsync(line, ended.Token);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // This is how it ends.
        }

        if (abandoned.IsCancellationRequested) return;
        try
        {
            await line.UnsubscribeAsync().WaitAsync(abandoned);
        }
        catch (Exception exception)
        {
            // The grain forgets who does not renew.
            Log.UnsubscribeFailed(logger, view.Node, exception);
        }
    }

    private async Task KeepAsync(INodeLine line, CancellationToken ended)
    {
        var pause = FirstPause;
        while (true)
        {
            ended.ThrowIfCancellationRequested();
            var generation = leaders.Generation;
            TimeSpan wait;
            try
            {
                await line.SubscribeAsync(view.Positions()).WaitAsync(ended);
                wait = Jitter(options.RenewPeriod);
                pause = FirstPause;
            }
            catch (Exception exception) when (exception is not OperationCanceledException || !ended.IsCancellationRequested)
            {
                Log.SubscribeFailed(logger, view.Node, exception);
                wait = Jitter(pause);
                pause = pause * 2 < options.RenewPeriod ? pause * 2 : options.RenewPeriod;
            }

            view.RecordPending();
            await leaders.WaitForChangeAsync(generation, wait, time, ended);
        }
    }

    private static TimeSpan Jitter(TimeSpan around) => around * (0.9 + Random.Shared.NextDouble() * 0.2);
}
