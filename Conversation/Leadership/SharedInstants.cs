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
    private readonly Dictionary<(Task Reason, long Instant), Task> _ahead = [];

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
            await NextTo(about, reason).WaitAsync(cancellation);
            return;
        }

        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await Task.WhenAny(reason, Task.Delay(about, time, giveUp.Token));
        await giveUp.CancelAsync();
        cancellation.ThrowIfCancellationRequested();
    }

    /// <summary>As <see cref="WaitAsync(Task, TimeSpan, CancellationToken)"/>; also ends when <paramref name="own"/> completes.</summary>
    /// <param name="reason">Completes for many that wait.</param>
    /// <param name="own">Completes for this one alone.</param>
    /// <param name="about">The longest wait.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    public async Task WaitAsync(Task reason, Task own, TimeSpan about, CancellationToken cancellation)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await Task.WhenAny(WaitAsync(reason, about, over.Token), own);
        await over.CancelAsync();
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

    // Not cancellable: other callers may wait for the same. Who waits for the same reason and instant waits for one task: a task that thousands wait for, each
    // with an alternative of its own, takes time in proportion to their number for each of them that ends.
    private Task NextTo(TimeSpan about, Task reason)
    {
        var now = time.GetElapsedTime(0);
        var instant = (now + about + (Between / 2)).Ticks / Between.Ticks;
        lock (_lock) return Ahead(reason, instant, (instant * Between) - now);
    }

    private Task Ahead(Task reason, long instant, TimeSpan left)
    {
        if (_ahead.TryGetValue((reason, instant), out var known)) return known;
        var ended = reason == Never ? Task.Delay(left, time) : Task.WhenAny(reason, Ahead(Never, instant, left));
        return _ahead[(reason, instant)] = UntilAsync(ended, reason, instant);
    }

    private async Task UntilAsync(Task ended, Task reason, long instant)
    {
        // Not before the caller has stored this task.
        await ended.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        lock (_lock) _ahead.Remove((reason, instant));
    }
}
