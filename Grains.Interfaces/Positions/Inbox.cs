namespace MetaCollector.Grains.Interfaces.Positions;

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
    /// Takes a batch. Where <paramref name="changes"/> comes back non-null, the caller applies it before it answers; in a snapshot,
    /// what it holds beyond that is gone.
    /// </summary>
    /// <param name="batch">One part.</param>
    /// <param name="changes">All changes of the batch, once its last part is there and it builds on what is held; else null.</param>
    /// <returns>The answer for the producer.</returns>
    public Receipt Receive(Batch<TChange> batch, out TChange[]? changes)
    {
        changes = null;
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

        changes = _parts is null ? batch.Changes : [.. _parts.SelectMany(part => part.Changes), .. batch.Changes];
        _parts = null;
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
