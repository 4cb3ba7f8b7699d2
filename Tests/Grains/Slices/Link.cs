using MetaCollector.Conversation.Sending;
using MetaCollector.Grains.Interfaces.Positions;

namespace MetaCollector.Tests.Grains.Slices;

/// <summary>What becomes of a message.</summary>
internal enum Fate : byte
{
    Answered, AnswerDelayed, AnswerLost, Lost,
}

/// <summary>One end of a hop that sends: as a pump does it, but a message at a time and with the trouble of a network.</summary>
internal abstract class Link
{
    /// <summary>Whether whoever sends is gone.</summary>
    public bool IsClosed { get; set; }

    /// <summary>Sends what is due, or brings an answer that was delayed.</summary>
    /// <param name="fate">What becomes of it.</param>
    /// <param name="choice">Which of the consumers gets it: there may briefly be two.</param>
    /// <param name="partSize">Changes in a part.</param>
    /// <returns>False where nothing is due.</returns>
    public abstract bool Send(Fate fate, byte choice, int partSize);

    /// <summary>Delivers again what was sent before, or late what was lost.</summary>
    public abstract void Replay(byte message, byte choice);
}

/// <inheritdoc cref="Link"/>
/// <param name="outgoing">What is due.</param>
/// <param name="receive">Has one of the consumers receive, by choice.</param>
/// <param name="rules">The rules of sending, to be broken.</param>
internal sealed class Link<TChange>(IOutgoing<TChange> outgoing, Func<byte, Batch<TChange>, Receipt> receive, Rules rules) : Link
{
    private readonly List<Batch<TChange>> _past = [];
    private readonly Queue<Batch<TChange>> _parts = new();
    private readonly HashSet<TChange> _forgotten = [];
    private Receipt? _delayed;

    public override bool Send(Fate fate, byte choice, int partSize)
    {
        if (_delayed is { } answer)
        {
            _delayed = null;
            Answer(answer);
            return true;
        }

        if (_parts.Count == 0)
        {
            if (outgoing.Take() is not { } batch) return false;
            if (rules.Forgets && !batch.IsSnapshot) batch = batch with { Changes = [.. batch.Changes.Where(change => !_forgotten.Contains(change))] };
            foreach (var part in BatchParts.Split(batch, _ => 1, partSize)) _parts.Enqueue(part);
        }

        var sent = _parts.Dequeue();
        _past.Add(sent);
        if (fate == Fate.Lost)
        {
            Fail(sent);
            return true;
        }

        var receipt = receive(choice, sent);
        switch (fate)
        {
            case Fate.AnswerLost: Fail(sent); break;
            case Fate.AnswerDelayed: _delayed = receipt; break;
            default: Answer(receipt); break;
        }

        return true;
    }

    public override void Replay(byte message, byte choice)
    {
        if (_past.Count > 0) receive(choice, _past[_past.Count - 1 - message % _past.Count]);
    }

    private void Answer(Receipt receipt)
    {
        if (receipt.Verdict == Verdict.Accepted && _parts.Count > 0) return;
        _parts.Clear();
        outgoing.Complete(receipt);
    }

    private void Fail(Batch<TChange> sent)
    {
        _forgotten.UnionWith(sent.Changes);
        _parts.Clear();
        outgoing.Fail(new TimeoutException());
    }
}
