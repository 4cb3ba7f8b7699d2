using MetaCollector.Conversation.Sending;

namespace MetaCollector.Conversation.Receiving;

/// <summary>
/// The consumer's end of the conversation about one namespace: the counterpart of <see cref="Outbox{TKey}"/>. Applies a batch, ignores it or
/// asks for a snapshot; collects the parts of a batch until the last one arrives. Not thread-safe.
/// </summary>
/// <typeparam name="TChange">What one change looks like on this hop.</typeparam>
public class Inbox<TChange>
{
    // Null while no part is collected: nearly every batch has one part.
    private List<Batch<TChange>>? _parts;

    /// <summary>The position of the last batch that was applied.</summary>
    public Position Held { get; private set; }

    /// <summary>
    /// Takes one part of a batch. Calls <paramref name="apply"/> once the last part has arrived and the batch builds on <see cref="Held"/>. If
    /// <paramref name="apply"/> throws or returns false, <see cref="Held"/> becomes none, and the producer sends a snapshot.
    /// </summary>
    /// <param name="batch">One part.</param>
    /// <param name="state">Handed to <paramref name="apply"/>.</param>
    /// <param name="apply">Applies all changes of a batch; a snapshot also removes what it does not contain. Returns false if the changes do not fit the content.</param>
    /// <returns>The answer for the producer.</returns>
    public Receipt Receive<TState>(Batch<TChange> batch, TState state, Func<TState, Batch<TChange>, TChange[], bool> apply)
    {
        if (batch.Position <= Held && !Held.IsNone)
        {
            // Repeated, late, or from a stale producer: the content is at least as new as the batch.
            _parts = null;
            return new Receipt(Verdict.Accepted, Held);
        }

        if (!batch.IsSnapshot && batch.Previous != Held) return NeedSnapshot();
        if (batch.Part != 0 && !Continues(batch)) return NeedSnapshot();
        if (batch.Part == 0) _parts = null;
        if (!batch.IsLast)
        {
            (_parts ??= []).Add(batch);
            return new Receipt(Verdict.Accepted, Held);
        }

        var changes = _parts is null ? batch.Changes : [.. _parts.SelectMany(part => part.Changes), .. batch.Changes];
        _parts = null;
        Held = Position.None;
        if (!apply(state, batch, changes)) return NeedSnapshot();
        Held = batch.Position;
        return new Receipt(Verdict.Accepted, Held);
    }

    private bool Continues(Batch<TChange> batch) =>
        _parts is not null && _parts.Count == batch.Part && _parts[^1] is var last
        && last.Sending == batch.Sending && last.Position == batch.Position && last.IsSnapshot == batch.IsSnapshot && last.Previous == batch.Previous;

    private Receipt NeedSnapshot()
    {
        _parts = null;
        return new Receipt(Verdict.SnapshotNeeded, Held);
    }
}
