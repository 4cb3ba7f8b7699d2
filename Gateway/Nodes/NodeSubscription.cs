using MetaCollector.Conversation.Diagnostics;
using MetaCollector.Conversation.Leadership;
using MetaCollector.Gateway.Diagnostics;
using Microsoft.Extensions.Logging;

namespace MetaCollector.Gateway.Nodes;

/// <summary>
/// Keeps one view subscribed at its node's grain: says now and then, and at once when the cluster changed, which positions are held.
/// What is missing comes to the view by itself. Whoever holds it starts it once and disposes of it once.
/// </summary>
internal sealed class NodeSubscription(
    NodeView view, INodeSource source, LeaderDirectory leaders, GatewayOptions options, Faults faults, SharedInstants instants, SubscriptionTrouble trouble,
    ILogger logger) : IAsyncDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;

    /// <summary>Begins.</summary>
    /// <param name="abandoned">Ends the subscription without telling the grain.</param>
    public void Start(CancellationToken abandoned) => _loop = Task.Run(() => RunAsync(abandoned), CancellationToken.None);

    /// <summary>Ends the subscription, and tells the grain; nothing of it is left when the task has ended. It never fails.</summary>
    public async ValueTask DisposeAsync()
    {
        // Off the caller's thread, which may hold a lock: what waits for the token goes on right there.
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
                // This is how it ends.
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
