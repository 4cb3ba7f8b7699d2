namespace MetaCollector.Conversation.Leadership;

/// <summary>
/// Waits. Long waits end together, at instants that are <see cref="Between"/> apart, with one timer for each instant: waking an idle process
/// costs more than the work it then does. One instance per silo; thread-safe.
/// </summary>
/// <param name="time">Clock.</param>
public sealed class SharedInstants(TimeProvider time)
{
    /// <summary>Time between two instants.</summary>
    public static readonly TimeSpan Between = TimeSpan.FromSeconds(2.5);

    private static readonly TimeSpan ShortestShared = Between * 3;

    private static readonly Task Never = new TaskCompletionSource().Task;

    private readonly Lock _lock = new();
    private readonly Dictionary<long, Task> _ahead = [];

    /// <summary>
    /// Waits until <paramref name="reason"/> completes, at most for <paramref name="about"/>. A wait of three times <see cref="Between"/> or more
    /// may end half of <see cref="Between"/> earlier or later.
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

    /// <summary>Waits for <paramref name="about"/>.</summary>
    /// <inheritdoc cref="WaitAsync(Task, TimeSpan, CancellationToken)"/>
    public Task WaitAsync(TimeSpan about, CancellationToken cancellation) => WaitAsync(Never, about, cancellation);

    /// <summary>How long it is until the first instant after <paramref name="atLeast"/> from now, for callers with a timer of their own.</summary>
    public TimeSpan UntilAfter(TimeSpan atLeast)
    {
        var now = time.GetElapsedTime(0);
        return (((now + atLeast).Ticks / Between.Ticks) + 1) * Between - now;
    }

    // Not cancellable: other callers may wait for the same instant.
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
