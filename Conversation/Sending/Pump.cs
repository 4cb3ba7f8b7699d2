using MetaCollector.Conversation.Diagnostics;

namespace MetaCollector.Conversation.Sending;

/// <summary>
/// A loop that sends to one consumer, one message at a time. It runs between the turns of the grain that owns it, so no turn waits for a
/// consumer. Each run stays on the scheduler of the <see cref="Kick"/> that started it: in a grain, it never runs in parallel with a turn.
/// <see cref="Kick"/> and <see cref="Stop"/> are thread-safe.
/// </summary>
/// <param name="time">Clock for the pauses after failures.</param>
/// <param name="faults">Counts and logs unexpected exceptions.</param>
public abstract class Pump(TimeProvider time, Faults faults)
{
    private const int Idle = 0, Running = 1, Kicked = 2;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private volatile TaskCompletionSource? _pausing;
    private volatile bool _stopped;
    private volatile bool _isReachable;
    private int _state = Idle;

    /// <summary>Result of one attempt to send.</summary>
    protected enum Outcome
    {
        /// <summary>The consumer answered; more may be due.</summary>
        Sent,

        /// <summary>There was nothing to send.</summary>
        NothingDue,

        /// <summary>The consumer could not be reached, or refused: everything is still due.</summary>
        Failed,
    }

    /// <summary>Whether the loop does not run.</summary>
    public bool IsIdle => Volatile.Read(ref _state) == Idle;

    /// <summary>Starts the loop unless it runs. Call it when something may be due.</summary>
    /// <param name="atOnce">
    /// Ends a pause at once, because the consumer is probably reachable again; also skips the pause if the send in progress fails.
    /// </param>
    public void Kick(bool atOnce = false)
    {
        if (_stopped) return;
        if (atOnce) _isReachable = true;
        if (Interlocked.Exchange(ref _state, Kicked) == Idle) _ = RunAsync();
        if (atOnce) _pausing?.TrySetResult();
    }

    /// <summary>Ends the loop. A message in flight is not cancelled.</summary>
    public void Stop()
    {
        _stopped = true;
        _pausing?.TrySetResult();
    }

    /// <summary>The consumer, for logs.</summary>
    protected abstract string Consumer { get; }

    /// <summary>Called when nothing is due any more, on the scheduler of the last <see cref="Kick"/> that started the loop.</summary>
    protected virtual void OnIdle()
    {
    }

    /// <summary>Sends what is due. If it throws, the pump reports the exception and tries again; the implementation keeps everything due.</summary>
    protected abstract Task<Outcome> SendAsync();

    // Never fails.
    private async Task RunAsync()
    {
        // Ends the caller's turn first, so that all changes of one turn go into one batch.
        await Task.Yield();
        var pause = FirstPause;
        while (!_stopped)
        {
            Interlocked.Exchange(ref _state, Running);
            _isReachable = false;
            Outcome outcome;
            try
            {
                outcome = await SendAsync();
            }
            catch (Exception exception)
            {
                faults.Healed(FaultyPart.Pump, Consumer, exception);
                outcome = Outcome.Failed;
            }

            if (outcome == Outcome.Sent)
            {
                pause = FirstPause;
            }
            else if (outcome == Outcome.Failed)
            {
                await PauseAsync(pause);
                pause = _isReachable ? FirstPause : pause * 2 > LongestPause ? LongestPause : pause * 2;
            }
            else if (Interlocked.CompareExchange(ref _state, Idle, Running) == Running)
            {
                OnIdle();
                return;
            }
        }

        Interlocked.Exchange(ref _state, Idle);
    }

    private async Task PauseAsync(TimeSpan pause)
    {
        var pausing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _pausing = pausing;
        if (_stopped || _isReachable)
        {
            _pausing = null;
            return;
        }

        using var timer = time.CreateTimer(
            static state => ((TaskCompletionSource)state!).TrySetResult(), pausing, pause, Timeout.InfiniteTimeSpan);
        await pausing.Task;
        _pausing = null;
    }
}
