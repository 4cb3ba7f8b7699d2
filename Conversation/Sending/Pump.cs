using MetaCollector.Conversation.Diagnostics;

namespace MetaCollector.Conversation.Sending;

/// <summary>
/// Sends to one consumer what is due, one message at a time, outside the turns of the grain that owns it: nothing that changes state
/// waits for a consumer. Each run of the loop stays on the scheduler of the <see cref="Kick"/> that started it, so in a grain it is
/// single-threaded with the grain's turns. <see cref="Kick"/> and <see cref="Stop"/> are thread-safe.
/// </summary>
/// <param name="time">Clock for the pauses after failures.</param>
/// <param name="faults">Is told of exceptions that nobody expected.</param>
public abstract class Pump(TimeProvider time, Faults faults)
{
    private const int Idle = 0, Running = 1, Kicked = 2;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private volatile TaskCompletionSource? _pausing;
    private volatile bool _stopped;
    private volatile bool _isReachable;
    private int _state = Idle;

    /// <summary>What became of one attempt to send.</summary>
    protected enum Outcome
    {
        /// <summary>The consumer has answered; there may be more.</summary>
        Sent,

        /// <summary>There was nothing to send.</summary>
        NothingDue,

        /// <summary>The consumer could not be reached, or refused: all of it is still due.</summary>
        Failed,
    }

    /// <summary>Whether nothing is being sent, nor tried again.</summary>
    public bool IsIdle => Volatile.Read(ref _state) == Idle;

    /// <summary>Something may be due: starts the loop unless it runs.</summary>
    /// <param name="atOnce">
    /// Cuts a pause short, since there is reason to believe that the consumer can be reached again; also the pause after a send that is
    /// under way and fails.
    /// </param>
    public void Kick(bool atOnce = false)
    {
        if (_stopped) return;
        if (atOnce) _isReachable = true;
        if (Interlocked.Exchange(ref _state, Kicked) == Idle) _ = RunAsync();
        if (atOnce) _pausing?.TrySetResult();
    }

    /// <summary>Sends nothing any more; what is on its way is not recalled.</summary>
    public void Stop()
    {
        _stopped = true;
        _pausing?.TrySetResult();
    }

    /// <summary>The consumer, for logs.</summary>
    protected abstract string Consumer { get; }

    /// <summary>Nothing is due any more, until somebody kicks. On the scheduler of whoever kicked.</summary>
    protected virtual void OnIdle()
    {
    }

    /// <summary>Sends what is due now. An exception is reported, and counts as a failure: whoever throws has seen to it that all is still due.</summary>
    protected abstract Task<Outcome> SendAsync();

    // Never fails.
    private async Task RunAsync()
    {
        // Leaves the caller's turn before anything is taken: changes of one turn travel together.
        await Task.Yield();
        var pause = FirstPause;
        while (!_stopped)
        {
            Interlocked.Exchange(ref _state, Running);
            _isReachable = false;
            var outcome = await TrySendAsync();
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

    private async Task<Outcome> TrySendAsync()
    {
        try
        {
            return await SendAsync();
        }
        catch (Exception exception)
        {
            faults.Healed(FaultyPart.Pump, Consumer, exception);
            return Outcome.Failed;
        }
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
