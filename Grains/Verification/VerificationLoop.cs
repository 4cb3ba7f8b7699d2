using MetaCollector.Conversation.Diagnostics;
using MetaCollector.Conversation.Leadership;
using MetaCollector.Grains.Interfaces.Leadership;
using Microsoft.Extensions.Logging;

namespace MetaCollector.Grains.Verification;

/// <summary>
/// The loop in which a grain verifies what it holds: when it starts, on each event that <see cref="LeaderDirectory.Generation"/> counts, and
/// periodically. Runs on the grain's scheduler between its turns.
/// </summary>
/// <param name="grain">The grain, for logs.</param>
/// <param name="verify">
/// Verifies once; returns true if everything is current, false to be called again soon. Its argument says whether a silo died since the last
/// call: the grains that knew what this grain holds may be lost. A new term needs no such argument: it has new positions for all.
/// </param>
/// <param name="directory">Counts terms and lost silos.</param>
/// <param name="instants">Groups the waits.</param>
/// <param name="faults">Counts and logs unexpected exceptions.</param>
/// <param name="logger">Logs failures.</param>
internal sealed class VerificationLoop(
    string grain, Func<bool, Task<bool>> verify, LeaderDirectory directory, SharedInstants instants, Faults faults, ILogger logger) : IDisposable
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(2);

    // Spreads the grains of a silo over this time.
    private static readonly TimeSpan Spread = TimeSpan.FromMilliseconds(500);

    private readonly CancellationTokenSource _stop = new();
    private long _lossesSeen;
    private TaskCompletionSource _kicked = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Time between two verifications, 25 % more or less. Default: one minute.</summary>
    public TimeSpan Period { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Verifies at once. Call it on the grain's scheduler, when there is something new to verify.</summary>
    public void Kick() => _kicked.TrySetResult();

    /// <summary>Starts, on the scheduler of the caller.</summary>
    public void Start()
    {
        _lossesSeen = directory.Losses;
        _ = RunAsync();
    }

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    // Never fails.
    private async Task RunAsync()
    {
        // Ends the caller's turn first.
        await Task.Yield();
        var stop = _stop.Token;
        var retry = FirstRetry;
        try
        {
            while (!stop.IsCancellationRequested)
            {
                var (generation, losses) = (directory.Generation, directory.Losses);
                if (_kicked.Task.IsCompleted) _kicked = new(TaskCreationOptions.RunContinuationsAsynchronously);
                var hasLost = losses != _lossesSeen;
                _lossesSeen = losses;
                if (await TryVerifyAsync(hasLost))
                {
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

    private Task WaitAsync(long generation, TimeSpan around, CancellationToken stop) =>
        instants.WaitAsync(directory.ChangeSince(generation), _kicked.Task, around * (0.75 + Random.Shared.NextDouble() / 2), stop);

    private async Task<bool> TryVerifyAsync(bool hasLost)
    {
        try
        {
            return await verify(hasLost);
        }
        catch (Exception exception) when (exception is OrleansException or TimeoutException or NotLeadingException or OperationCanceledException)
        {
            // The silo that was asked is unreachable or does not lead (yet): the next round asks again.
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
