using MetaCollector.Conversation.Receiving;
using MetaCollector.Grains.Interfaces.Positions;

namespace MetaCollector.Conversation.Sending;

/// <summary>
/// What one consumer of one namespace has still to be told: a set of keys, never a queue of changes. A hot object or a stuck
/// consumer costs one entry for each key, whatever the rate. Not thread-safe.
/// </summary>
/// <remarks>
/// <para>The conversation, the same on every hop (leader → ResourceGrain → NodeGrain → gateway): the producer marks keys as they
/// change; when no batch is in flight it takes the marked keys, reads their content as of now, and sends it with the last position
/// that the consumer acknowledged. The consumer's <see cref="Inbox{TChange}"/> applies it, ignores it or asks for a snapshot.</para>
/// <para>Messages may be lost, repeated or reordered, and either end may be lost or briefly live twice: since positions are minted by
/// the leader alone and content is absolute, the worst outcome is a snapshot.</para>
/// <para>A consumer that acknowledges a position beyond ours was told by another producer. Once this one is exactly there, it goes
/// on with changes. If it jumps over that position, what changed up to there and changed back was never marked here, though the
/// consumer saw it: then it takes a snapshot.</para>
/// </remarks>
/// <typeparam name="TKey">Identifies what changes, e.g. a uid.</typeparam>
/// <param name="held">The position that the consumer is known to hold; by default nothing is known, and a snapshot is due.</param>
public sealed class Outbox<TKey>(Position held = default) where TKey : notnull
{
    // Most consumers have nothing due: null for no keys.
    private HashSet<TKey>? _marked;
    private HashSet<TKey>? _keysInFlight;
    private bool _snapshotInFlight;
    private bool _snapshotDue = held.IsNone;
    private Position _awaited;
    private Position _sent;
    private Position _overtakenAt;
    private Position _doubted;
    private long _arrivedAt;
    private string? _trace;

    /// <summary>The last position that the consumer acknowledged.</summary>
    public Position Acknowledged { get; private set; } = held;

    /// <summary>The position that the consumer will hold if it accepts what is on its way.</summary>
    public Position Expected => IsInFlight ? _sent : Acknowledged;

    /// <summary>Whether a batch is on its way: nothing else may be taken until it is completed or failed.</summary>
    public bool IsInFlight { get; private set; }

    /// <summary>How many keys wait to be taken.</summary>
    public int Pending => _marked?.Count ?? 0;

    /// <summary>Whether the next batch is a snapshot.</summary>
    public bool IsSnapshotDue => _snapshotDue;

    /// <summary>Notes that the content of <paramref name="key"/> changed.</summary>
    /// <param name="key">What changed.</param>
    /// <param name="arrivedAt">When the change arrived from the API server, as in <see cref="Batch{TChange}.ArrivedAt"/>.</param>
    /// <param name="trace">The context under which it is traced, as in <see cref="Batch{TChange}.Trace"/>.</param>
    /// <returns>Whether nothing was due of it before.</returns>
    public bool Mark(TKey key, long arrivedAt = 0, string? trace = null)
    {
        _trace ??= trace;
        if (arrivedAt != 0 && (_arrivedAt == 0 || arrivedAt < _arrivedAt)) _arrivedAt = arrivedAt;
        return (_marked ??= []).Add(key);
    }

    /// <summary>The consumer needs everything.</summary>
    public void RequireSnapshot() => _snapshotDue = true;

    /// <summary>
    /// The consumer says what it holds and how far it wants to come. Where it holds something else than it acknowledged last, it
    /// gets a snapshot; where nothing changes until <paramref name="atLeast"/>, it gets an empty batch with the position.
    /// </summary>
    /// <remarks>
    /// A consumer may say what it held before the batch that it has acknowledged since: it said so while that batch was on its way.
    /// So an older position is only noted; a snapshot follows when the consumer says the same once more.
    /// </remarks>
    /// <returns>Whether the consumer is up to date as far as this producer can tell, given the producer's own position.</returns>
    public bool Verify(Position holds, Position atLeast, Position current)
    {
        // A batch in flight may be the reason for the difference; its receipt will tell.
        if (holds != Acknowledged && !IsInFlight && !MayBeLate(holds)) _snapshotDue = true;
        if (atLeast > _awaited) _awaited = atLeast;
        return !current.IsNone && !IsInFlight && !IsDue(current) && holds == Acknowledged && holds >= atLeast;
    }

    /// <summary>Whether there is something to send to a consumer while the producer is at <paramref name="current"/>.</summary>
    public bool IsDue(Position current) =>
        !current.IsNone && (_snapshotDue || (_overtakenAt.IsNone
            ? Pending > 0 || (_awaited > Acknowledged && current >= _awaited)
            : current > _overtakenAt));

    /// <summary>Takes what is due; the caller reads its content at the same moment. Null where nothing is, or a batch is in flight.</summary>
    public Shipment<TKey>? Take(Position current)
    {
        if (IsInFlight) return null;
        if (!current.IsNone && current == _overtakenAt)
        {
            // The same position, so the same content: nothing of what was marked on the way is lacking.
            _overtakenAt = Position.None;
            _marked = null;
        }

        if (!IsDue(current)) return null;
        _snapshotDue |= !_overtakenAt.IsNone;
        _overtakenAt = Position.None;
        IsInFlight = true;
        (_keysInFlight, _marked) = (_marked, null);
        _snapshotInFlight = _snapshotDue;
        _sent = current;
        var shipment = new Shipment<TKey>(Acknowledged, current, _snapshotDue, _keysInFlight ?? (IReadOnlyCollection<TKey>)[], _snapshotDue ? 0 : _arrivedAt, _snapshotDue ? null : _trace);
        _snapshotDue = false;
        _arrivedAt = 0;
        _trace = null;
        return shipment;
    }

    /// <summary>The consumer answered to the last part of what was taken.</summary>
    /// <returns>Whether the consumer accepted it.</returns>
    public bool Complete(Receipt receipt)
    {
        switch (receipt.Verdict)
        {
            case Verdict.Accepted when receipt.Held >= _sent:
                Acknowledged = receipt.Held;
                Land();
                if (receipt.Held > _sent) _overtakenAt = receipt.Held;
                return true;
            case Verdict.Refused:
                Fail();
                return false;
            default:
                Acknowledged = receipt.Held;
                Land();
                _snapshotDue = true;
                return false;
        }
    }

    /// <summary>Nothing is known of what was taken: all of it is due again.</summary>
    public void Fail()
    {
        if (!IsInFlight) return;
        if (_marked is null) _marked = _keysInFlight;
        else if (_keysInFlight is not null) _marked.UnionWith(_keysInFlight);
        _snapshotDue |= _snapshotInFlight;
        Land();
    }

    private bool MayBeLate(Position holds)
    {
        if (holds.IsNone || holds > Acknowledged || holds == _doubted) return false;
        _doubted = holds;
        return true;
    }

    private void Land()
    {
        IsInFlight = false;
        _keysInFlight = null;
    }
}

/// <summary>What was taken from an <see cref="Outbox{TKey}"/>: the frame of a batch, to be filled with content by the producer.</summary>
/// <param name="Previous">The last position that the consumer acknowledged.</param>
/// <param name="Position">The producer's position, to which the content belongs.</param>
/// <param name="IsSnapshot">Whether the content is to be everything there is.</param>
/// <param name="Keys">What changed; without meaning in a snapshot. Not to be modified.</param>
/// <param name="ArrivedAt">As in <see cref="Batch{TChange}.ArrivedAt"/>.</param>
/// <param name="Trace">As in <see cref="Batch{TChange}.Trace"/>.</param>
/// <typeparam name="TKey">Identifies what changes.</typeparam>
public readonly record struct Shipment<TKey>(
    Position Previous, Position Position, bool IsSnapshot, IReadOnlyCollection<TKey> Keys, long ArrivedAt, string? Trace);
