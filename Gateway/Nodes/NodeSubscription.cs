using MetaCollector.Conversation.Diagnostics;
using MetaCollector.Conversation.Leadership;
using MetaCollector.Gateway.Diagnostics;
using Microsoft.Extensions.Logging;

namespace MetaCollector.Gateway.Nodes;

/// <summary>
/// Keeps a view subscribed at its node's grain: renews the subscription with the positions held, periodically and at once when a silo died or a
/// leader came in sync. The grain then sends the view what it lacks. The owner starts it once and disposes of it once.
/// </summary>
internal sealed class NodeSubscription(
    NodeView view, INodeSource source, LeaderDirectory leaders, GatewayOptions options, Faults faults, SharedInstants instants, SubscriptionTrouble trouble,
    ILogger logger) : IAsyncDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;

    /// <summary>Starts.</summary>
    /// <param name="abandoned">Ends the subscription without telling the grain.</param>
    public void Start(CancellationToken abandoned) => _loop = Task.Run(() => RunAsync(abandoned), CancellationToken.None);

    /// <summary>Ends the subscription and unsubscribes at the grain; returns when all of it has ended. Never throws.</summary>
    public async ValueTask DisposeAsync()
    {
        // CancelAsync runs callbacks on another thread: the caller may hold a lock.
        await _stop.CancelAsync();
        await _loop;
        _stop.Dispose();
    }

    private async Task RunAsync(CancellationToken abandoned)
    {
        using var line = source.Open(view.Node, view);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, abandoned);
        while (!ended.IsCancellationRequested)
        {
            try
            {
                await KeepAsync(line, ended.Token);
            }
            catch (OperationCanceledException) when (ended.IsCancellationRequested)
            {
                // The subscription ends.
            }
            catch (Exception exception)
            {
                faults.Healed(FaultyPart.Subscription, $"node {view.Node}", exception);
                await instants.WaitAsync(options.RenewPeriod, ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        trouble.Over(view.Node);
        if (abandoned.IsCancellationRequested) return;
        try
        {
            await line.UnsubscribeAsync().WaitAsync(abandoned);
        }
        catch (Exception exception)
        {
            // The grain drops the gateway when it does not renew.
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
                trouble.Over(view.Node);
                pause = FirstPause;
            }
            catch (Exception exception) when (exception is not OperationCanceledException || !ended.IsCancellationRequested)
            {
                trouble.Failed(view.Node, exception);
                wait = Jitter(pause);
                pause = pause * 2 < options.RenewPeriod ? pause * 2 : options.RenewPeriod;
            }

            view.RecordPending();
            await instants.WaitAsync(leaders.ChangeSince(generation), wait, ended);
        }
    }

    private static TimeSpan Jitter(TimeSpan around) => around * (0.9 + Random.Shared.NextDouble() * 0.2);
}
