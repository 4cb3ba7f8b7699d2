using MetaCollector.Conversation.Diagnostics;

namespace MetaCollector.Conversation.Sending;

/// <summary>The producer's end of one conversation; a <see cref="BatchPump{TChange}"/> sends its batches.</summary>
/// <typeparam name="TChange">What one change looks like on this hop.</typeparam>
public interface IOutgoing<TChange>
{
    /// <summary>
    /// Takes the batch that is due, with its content; null where nothing is due. The pump then calls either <see cref="Complete"/> or
    /// <see cref="Fail"/> once, before it takes the next.
    /// </summary>
    Batch<TChange>? Take();

    /// <summary>The consumer answered.</summary>
    void Complete(Receipt receipt);

    /// <summary>The consumer could not be reached, or did not answer. The pump tries again after a pause.</summary>
    void Fail(Exception exception);
}

/// <summary>The pump of one conversation: one batch in flight.</summary>
/// <typeparam name="TChange">What one change looks like on this hop.</typeparam>
/// <param name="outgoing">Where batches come from.</param>
/// <param name="time">Clock for the pauses after failures.</param>
/// <param name="faults">Counts and logs unexpected exceptions.</param>
public abstract class BatchPump<TChange>(IOutgoing<TChange> outgoing, TimeProvider time, Faults faults) : Pump(time, faults)
{
    /// <summary>Name of the trace step.</summary>
    protected abstract string Step { get; }

    /// <summary>Estimates the size of a change in a message, in bytes.</summary>
    protected abstract int SizeOf(TChange change);

    /// <summary>Sends one part and returns the consumer's answer; throws if the consumer does not answer.</summary>
    protected abstract Task<Receipt> SendAsync(Batch<TChange> part);

    /// <inheritdoc/>
    protected sealed override async Task<Outcome> SendAsync()
    {
        var isSending = false;
        try
        {
            if (outgoing.Take() is not { } batch) return Outcome.NothingDue;
            using var traced = ChangeTrace.Continue(Step, ref batch);
            // The answer to the last part, or to the first that was not accepted.
            Receipt receipt = default;
            foreach (var part in BatchParts.Split(batch, SizeOf))
            {
                isSending = true;
                receipt = await SendAsync(part);
                isSending = false;
                if (receipt.Verdict != Verdict.Accepted) break;
            }

            outgoing.Complete(receipt);
            return receipt.Verdict == Verdict.Refused ? Outcome.Failed : Outcome.Sent;
        }
        catch (Exception exception)
        {
            outgoing.Fail(exception);
            // A consumer that does not answer is no fault of this program.
            if (isSending) return Outcome.Failed;
            throw;
        }
    }
}
