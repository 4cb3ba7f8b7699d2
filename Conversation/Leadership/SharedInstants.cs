namespace MetaCollector.Conversation.Leadership;

/// <summary>
/// Waits. Those that are for long end together with others, at instants that are <see cref="Between"/> apart, by one timer for each instant:
/// to wake an idle process costs more than what is done then. One instance per silo; thread-safe.
/// </summary>
/// <param name="time">Clock.</param>
public sealed class SharedInstants(TimeProvider time)
{
    /// <summary>From one instant to the next.</summary>
    public static readonly TimeSpan Between = TimeSpan.FromSeconds(2.5);

    private static readonly TimeSpan ShortestShared = Between * 3;

    private static readonly Task Never = new TaskCompletionSource().Task;

    private readonly Lock _lock = new();
    private readonly Dictionary<long, Task> _ahead = [];

    /// <summary>
    /// Waits for a reason to go on, or so long; where that is three times <see cref="Between"/> or more, it may be half of that more or less.
    /// </summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    public async Task WaitAsync(Task reason, TimeSpan about, CancellationToken cancellation)
    {
        if (reason.IsCompleted) return;
        if (about >= ShortestShared)
        {
            await Task.WhenAny(reason, NextTo(about)).WaitAsync(cancellation);
            return;
        }

        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await Task.WhenAny(reason, Task.Delay(about, time, giveUp.Token));
        await giveUp.CancelAsync();
        cancellation.ThrowIfCancellationRequested();
    }

    /// <summary>Waits so long.</summary>
    /// <inheritdoc cref="WaitAsync(Task, TimeSpan, CancellationToken)"/>
    public Task WaitAsync(TimeSpan about, CancellationToken cancellation) => WaitAsync(Never, about, cancellation);

    // Cannot be cancelled, since others may wait for it too.
    private Task NextTo(TimeSpan about)
    {
        var now = time.GetElapsedTime(0);
        var instant = (now + about + (Between / 2)).Ticks / Between.Ticks;
        lock (_lock)
        {
            if (_ahead.TryGetValue(instant, out var known)) return known;
            return _ahead[instant] = UntilAsync(instant, (instant * Between) - now);
        }
    }

    private async Task UntilAsync(long instant, TimeSpan left)
    {
        await Task.Delay(left, time).ConfigureAwait(false);
        lock (_lock) _ahead.Remove(instant);
    }
}
