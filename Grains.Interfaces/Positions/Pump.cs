using MetaCollector.Grains.Interfaces.Tracing;

namespace MetaCollector.Grains.Interfaces.Positions;

/// <summary>The producer's end of one conversation, as a <see cref="Pump{TChange}"/> drives it.</summary>
/// <typeparam name="TChange">What one change looks like on this hop.</typeparam>
public interface IOutgoing<TChange>
{
    /// <summary>
    /// Takes what is due together with its content, in one step. Null where nothing is due. After it, exactly one of
    /// <see cref="Complete"/> and <see cref="Fail"/> is called before the next.
    /// </summary>
    Batch<TChange>? Take();

    /// <summary>The consumer answered.</summary>
    void Complete(Receipt receipt);

    /// <summary>The consumer could not be reached, or did not answer. The pump tries again after a pause.</summary>
    void Fail(Exception exception);
}

/// <summary>
/// Sends to one consumer what is due, one batch at a time, outside the turns of the grain that owns it: nothing that changes state
/// waits for a consumer. Each run of the loop stays on the scheduler of the <see cref="Kick"/> that started it, so in a grain it is
/// single-threaded with the grain's turns. <see cref="Kick"/> and <see cref="Stop"/> are thread-safe.
/// </summary>
/// <typeparam name="TChange">What one change looks like on this hop.</typeparam>
/// <param name="outgoing">What is due.</param>
/// <param name="send">Sends one part and brings the consumer's answer.</param>
/// <param name="sizeOf">Estimates the size of a change in bytes.</param>
/// <param name="time">Clock for the pauses after failures.</param>
/// <param name="step">What sending is called in a trace.</param>
public sealed class Pump<TChange>(
    IOutgoing<TChange> outgoing, Func<Batch<TChange>, Task<Receipt>> send, Func<TChange, int> sizeOf, TimeProvider time, string step = "send")
{
    private const int Idle = 0, Running = 1, Kicked = 2;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private volatile TaskCompletionSource? _pausing;
    private volatile bool _stopped;
    private int _state = Idle;

    /// <summary>The loop that runs, or ran last; it never fails.</summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    /// <summary>Something may be due: starts the loop unless it runs.</summary>
    /// <param name="atOnce">Cuts a pause short, since there is reason to believe that the consumer can be reached again.</param>
    public void Kick(bool atOnce = false)
    {
        if (_stopped) return;
        if (Interlocked.Exchange(ref _state, Kicked) == Idle) Completion = RunAsync();
        if (atOnce) _pausing?.TrySetResult();
    }

    /// <summary>Sends nothing any more; a batch in flight is not recalled.</summary>
    public void Stop()
    {
        _stopped = true;
        _pausing?.TrySetResult();
    }

    private async Task RunAsync()
    {
        // Leaves the caller's turn before anything is taken: changes of one turn travel together.
        await Task.Yield();
        var pause = FirstPause;
        while (!_stopped)
        {
            Interlocked.Exchange(ref _state, Running);
            var outcome = await SendWhatIsDueAsync();
            if (outcome == Outcome.Sent)
            {
                pause = FirstPause;
            }
            else if (outcome == Outcome.Failed)
            {
                await PauseAsync(pause);
                pause = pause * 2 > LongestPause ? LongestPause : pause * 2;
            }
            else if (Interlocked.CompareExchange(ref _state, Idle, Running) == Running)
            {
                return;
            }
        }
    }

    private async Task<Outcome> SendWhatIsDueAsync()
    {
        try
        {
            if (outgoing.Take() is not { } batch) return Outcome.NothingDue;
            using var traced = ChangeTrace.Continue(step, ref batch);
            Receipt receipt = default;
            foreach (var part in BatchParts.Split(batch, sizeOf))
            {
                receipt = await send(part);
                if (receipt.Verdict != Verdict.Accepted) break;
            }

            outgoing.Complete(receipt);
            return receipt.Verdict == Verdict.Refused ? Outcome.Failed : Outcome.Sent;
        }
        catch (Exception exception)
        {
            outgoing.Fail(exception);
            return Outcome.Failed;
        }
    }

    private async Task PauseAsync(TimeSpan pause)
    {
        var pausing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _pausing = pausing;
        if (_stopped) return;
        using var timer = time.CreateTimer(
            static state => ((TaskCompletionSource)state!).TrySetResult(), pausing, pause, Timeout.InfiniteTimeSpan);
        await pausing.Task;
        _pausing = null;
    }

    private enum Outcome
    {
        Sent,
        NothingDue,
        Failed,
    }
}
