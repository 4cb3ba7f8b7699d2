using MetaCollector.Conversation.Sending;
using MetaCollector.Grains.Interfaces.Positions;

namespace MetaCollector.Conversation.Receiving;

/// <summary>
/// What one consumer holds of one namespace: the counterpart of <see cref="Outbox{TKey}"/>. Decides what to do with a batch, and
/// sets parts aside until the last is there. Not thread-safe.
/// </summary>
/// <typeparam name="TChange">What one change looks like on this hop.</typeparam>
public sealed class Inbox<TChange>
{
    // Nearly every batch is one part: null for none.
    private List<Batch<TChange>>? _parts;

    /// <summary>The position of what has been applied.</summary>
    public Position Held { get; private set; }

    /// <summary>
    /// Takes a batch, and has it applied once its last part is there and it builds on what is held. Its position counts as held only
    /// after that: when <paramref name="apply"/> throws, or says that the batch does not build on the content, nothing is held, and
    /// the producer sends a snapshot.
    /// </summary>
    /// <param name="batch">One part.</param>
    /// <param name="state">Handed to <paramref name="apply"/>.</param>
    /// <param name="apply">Applies all changes of a batch; in a snapshot, what is held beyond them is gone. False where they do not fit.</param>
    /// <returns>The answer for the producer.</returns>
    public Receipt Receive<TState>(Batch<TChange> batch, TState state, Func<TState, Batch<TChange>, TChange[], bool> apply)
    {
        if (batch.Position <= Held && !Held.IsNone)
        {
            // Repeated, late, or from a producer that is behind: what is held is as new.
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
