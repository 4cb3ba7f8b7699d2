using MetaCollector.Conversation.Diagnostics;
using MetaCollector.Conversation.Leadership;
using MetaCollector.Grains.Interfaces.Leadership;
using Microsoft.Extensions.Logging;

namespace MetaCollector.Grains.Verification;

/// <summary>
/// Has a grain verify what it holds: at once, whenever there is a reason (<see cref="LeaderDirectory.Generation"/>), and now and
/// then. Runs on the grain's scheduler between its turns.
/// </summary>
/// <param name="grain">The grain, for logs.</param>
/// <param name="verify">
/// Verifies once: true where everything is known to be as it should, false to be asked again soon. Is told whether a silo died since the
/// last time that came out true: those who knew what this grain holds may be gone, and with them that they knew. A new term is no such
/// reason, since it has new positions for everything.
/// </param>
/// <param name="directory">Tells of reasons.</param>
/// <param name="instants">Waits.</param>
/// <param name="faults">Is told of exceptions that nobody expected.</param>
/// <param name="logger">Log.</param>
internal sealed class VerificationLoop(
    string grain, Func<bool, Task<bool>> verify, LeaderDirectory directory, SharedInstants instants, Faults faults, ILogger logger) : IDisposable
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(2);

    // Not all grains of a silo at the same moment.
    private static readonly TimeSpan Spread = TimeSpan.FromMilliseconds(500);

    private readonly CancellationTokenSource _stop = new();
    private long _lossesSeen;
    private TaskCompletionSource _kicked = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>How often to verify without a reason, give or take a quarter. A minute, unless the grain knows better.</summary>
    public TimeSpan Period { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>There is something to ask for that was not asked for before: verifies at once. On the grain's scheduler.</summary>
    public void Kick() => _kicked.TrySetResult();

    /// <summary>Starts, on the scheduler of the caller.</summary>
    public void Start()
    {
        _lossesSeen = directory.Losses;
        _ = RunAsync();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    // Never fails.
    private async Task RunAsync()
    {
        // Leaves the turn that started it.
        await Task.Yield();
        var stop = _stop.Token;
        var retry = FirstRetry;
        try
        {
            while (!stop.IsCancellationRequested)
            {
                var (generation, losses) = (directory.Generation, directory.Losses);
                if (_kicked.Task.IsCompleted) _kicked = new(TaskCreationOptions.RunContinuationsAsynchronously);
                if (await TryVerifyAsync(losses != _lossesSeen))
                {
                    _lossesSeen = losses;
                    retry = FirstRetry;
                    await WaitAsync(generation, Period, stop);
                    if (directory.Generation != generation) await instants.WaitAsync(Spread * Random.Shared.NextDouble(), stop);
                }
                else
                {
                    await WaitAsync(generation, retry, stop);
                    retry = retry * 2 > LongestRetry ? LongestRetry : retry * 2;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The grain is deactivated.
        }
    }

    private async Task WaitAsync(long generation, TimeSpan around, CancellationToken stop)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var waited = instants.WaitAsync(directory.ChangeSince(generation), around * (0.75 + Random.Shared.NextDouble() / 2), over.Token);
        await Task.WhenAny(waited, _kicked.Task);
        await over.CancelAsync();
        stop.ThrowIfCancellationRequested();
    }

    private async Task<bool> TryVerifyAsync(bool hasLost)
    {
        try
        {
            return await verify(hasLost);
        }
        catch (Exception exception) when (exception is OrleansException or TimeoutException or NotLeadingException or OperationCanceledException)
        {
            // Whoever was asked is away or does not lead (yet): the next round asks again.
            Log.VerificationFailed(logger, grain, exception.Message);
            return false;
        }
        catch (Exception exception)
        {
            faults.Healed(FaultyPart.Verification, grain, exception);
            return false;
        }
    }
}
