using MetaCollector.Conversation.Diagnostics;
using MetaCollector.Conversation.Leadership;
using MetaCollector.Gateway.Diagnostics;
using MetaCollector.Grains.Interfaces;
using Microsoft.Extensions.Logging;

namespace MetaCollector.Gateway.Nodes;

/// <summary>
/// Keeps a view subscribed at its node's grain: renews the subscription with the positions held, at once when a silo died, a leader came in sync or the
/// grain's activation ended, and periodically. The grain then sends the view what it lacks. The owner starts it once and disposes of it once.
/// </summary>
internal sealed class NodeSubscription(
    NodeView view, IGrainFactory grains, SiloAddress self, LeaderDirectory leaders, GatewayOptions options, Faults faults, SharedInstants instants,
    SubscriptionTrouble trouble, ILogger logger) : IAsyncDisposable
{
    // After so many renewals without an event, all is at rest, and they become rarer: with thousands of streams, they are most of what an idle silo does.
    private const int Undisturbed = 12;
    private const int RarerAtRest = 6;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _stop = new();
    private INodeGrain? _grain;
    private INodeObserver? _observer;
    private Task _loop = Task.CompletedTask;

    /// <summary>Starts, and calls the grain at once: a hand-over to another thread would cost each stream that begins one more turn behind all others.</summary>
    /// <param name="abandoned">Ends the subscription without telling the grain.</param>
    public void Start(CancellationToken abandoned) => _loop = RunAsync(abandoned);

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
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, abandoned);
        while (!ended.IsCancellationRequested)
        {
            try
            {
                await KeepAsync(ended.Token);
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
        if (_observer is null) return;
        if (_grain is not null && !abandoned.IsCancellationRequested) await UnsubscribeAsync(_grain, _observer, abandoned);
        grains.DeleteObjectReference<INodeObserver>(_observer);
    }

    private async Task UnsubscribeAsync(INodeGrain grain, INodeObserver observer, CancellationToken abandoned)
    {
        try
        {
            await grain.UnsubscribeAsync(observer).WaitAsync(abandoned);
        }
        catch (Exception exception)
        {
            // The grain drops the gateway when it does not renew.
            Log.UnsubscribeFailed(logger, view.Node, exception);
        }
    }

    private async Task KeepAsync(CancellationToken ended)
    {
        var pause = FirstPause;
        var undisturbed = 0;
        while (true)
        {
            ended.ThrowIfCancellationRequested();
            var (generation, askedToRenew) = (leaders.Generation, view.AskedToRenew);
            var hasRenewed = await TryRenewAsync(ended);
            view.RecordPending();
            if (hasRenewed)
            {
                var rest = undisturbed < Undisturbed ? options.RenewPeriod : options.RenewPeriod * RarerAtRest;
                await instants.WaitAsync(leaders.ChangeSince(generation), askedToRenew, Jitter(rest), ended);
                undisturbed = leaders.Generation == generation ? undisturbed + 1 : 0;
                if (!askedToRenew.IsCompleted)
                {
                    pause = FirstPause;
                    continue;
                }
            }

            // Also after an activation ended: one that ends as soon as it is told something must not be called without a pause.
            undisturbed = 0;
            await instants.WaitAsync(leaders.ChangeSince(generation), Jitter(pause), ended);
            pause = pause * 2 < options.RenewPeriod ? pause * 2 : options.RenewPeriod;
        }
    }

    private async Task<bool> TryRenewAsync(CancellationToken ended)
    {
        try
        {
            // Throws until the silo runs.
            _observer ??= grains.CreateObjectReference<INodeObserver>(view);
            _grain ??= grains.GetGrain<INodeGrain>(view.Node);
            await _grain.SubscribeAsync(new GatewaySubscription(_observer, self, view.Positions())).WaitAsync(ended);
            trouble.Over(view.Node);
            return true;
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !ended.IsCancellationRequested)
        {
            trouble.Failed(view.Node, exception);
            return false;
        }
    }

    private static TimeSpan Jitter(TimeSpan around) => around * (0.9 + Random.Shared.NextDouble() * 0.2);
}
