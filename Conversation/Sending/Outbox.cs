using MetaCollector.Conversation.Receiving;
using MetaCollector.Grains.Interfaces.Positions;

namespace MetaCollector.Conversation.Sending;

/// <summary>
/// What a producer has yet to send to one consumer of one namespace: a set of keys, not a queue of changes. An object that changes often, or
/// a consumer that is stuck, costs one entry for each key. Not thread-safe.
/// </summary>
/// <remarks>
/// <para>The conversation, the same on every hop (leader → ResourceGrain → NodeGrain → gateway): the producer marks keys as they
/// change; when no batch is in flight it takes the marked keys, reads their content as of now, and sends it with the last position
/// that the consumer acknowledged. The consumer's <see cref="Inbox{TChange}"/> applies it, ignores it or asks for a snapshot.</para>
/// <para>Messages may be lost, repeated or reordered, and a grain may be lost or briefly have two activations. Only the leader mints
/// positions and content is absolute, so in the worst case the producer sends a snapshot.</para>
/// <para>A consumer that holds a position at or beyond the producer's was fed by another activation. When the producer reaches exactly that
/// position, it goes on with changes. When it skips that position, it sends a snapshot: a key that changed and changed back in between was
/// never marked here, but the consumer may hold the change.</para>
/// </remarks>
/// <typeparam name="TKey">Identifies what changes, e.g. a uid.</typeparam>
/// <param name="held">The position that the consumer holds; by default unknown, so that a snapshot is due.</param>
public sealed class Outbox<TKey>(Position held = default) where TKey : notnull
{
    // Null while no key is marked, which is so for most consumers.
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

    /// <summary>The position as of which the consumer holds everything, with what it acknowledged; none where something is due or in flight, or that is not known.</summary>
    public Position ToldUpTo(Position current) =>
        IsInFlight || _snapshotDue || IsDue(current) ? Position.None : _overtakenAt.IsNone ? current : _overtakenAt;

    /// <summary>How many keys wait to be taken.</summary>
    public int Pending => _marked?.Count ?? 0;

    /// <summary>Whether the next batch is a snapshot.</summary>
    public bool IsSnapshotDue => _snapshotDue;

    /// <summary>Notes that the content of <paramref name="key"/> changed.</summary>
    /// <param name="key">The key.</param>
    /// <param name="arrivedAt">When the change arrived from the API server, as in <see cref="Batch{TChange}.ArrivedAt"/>.</param>
    /// <param name="trace">Its trace context, as in <see cref="Batch{TChange}.Trace"/>.</param>
    /// <returns>False if the key was marked already.</returns>
    public bool Mark(TKey key, long arrivedAt = 0, string? trace = null)
    {
        _trace ??= trace;
        if (arrivedAt != 0 && (_arrivedAt == 0 || arrivedAt < _arrivedAt)) _arrivedAt = arrivedAt;
        return (_marked ??= []).Add(key);
    }

    /// <summary>Makes the next batch a snapshot.</summary>
    public void RequireSnapshot() => _snapshotDue = true;

    /// <summary>
    /// Takes a consumer's question whether it is current. If the consumer holds another position than it acknowledged last, a snapshot becomes
    /// due. If nothing changes up to <paramref name="atLeast"/>, an empty batch with that position becomes due.
    /// </summary>
    /// <remarks>
    /// A consumer may ask while a batch is in flight, and its question may arrive after its receipt. So the first question with an older
    /// position changes nothing; a second one with the same position makes a snapshot due.
    /// </remarks>
    /// <param name="holds">The position that the consumer holds.</param>
    /// <param name="atLeast">The position that it waits for; none if it waits for none.</param>
    /// <param name="current">The producer's position.</param>
    /// <returns>Whether the consumer is current, as far as this producer knows.</returns>
    public bool Verify(Position holds, Position atLeast, Position current)
    {
        // A batch in flight may explain the difference; wait for its receipt.
        if (holds != Acknowledged && !IsInFlight && !MayBeLate(holds)) _snapshotDue = true;
        if (atLeast > _awaited) _awaited = atLeast;
        return !current.IsNone && !IsInFlight && !IsDue(current) && holds == Acknowledged && holds >= atLeast;
    }

    /// <summary>Whether a batch is due while the producer is at <paramref name="current"/>.</summary>
    public bool IsDue(Position current) =>
        !current.IsNone && (_snapshotDue || (_overtakenAt.IsNone
            ? Pending > 0 || (_awaited > Acknowledged && current >= _awaited)
            : current > _overtakenAt));

    /// <summary>Takes what is due; the caller reads the content before anything changes. Null where nothing is due or a batch is in flight.</summary>
    public Shipment<TKey>? Take(Position current)
    {
        if (IsInFlight) return null;
        Reach(current);
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

    /// <summary>Takes the consumer's answer to the batch in flight.</summary>
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

    /// <summary>The consumer did not answer: everything in the batch in flight is due again.</summary>
    public void Fail()
    {
        if (!IsInFlight) return;
        if (_marked is null) _marked = _keysInFlight;
        else if (_keysInFlight is not null) _marked.UnionWith(_keysInFlight);
        _snapshotDue |= _snapshotInFlight;
        Land();
    }

    /// <summary>
    /// The consumer acknowledged <paramref name="held"/> to another activation, and was current as of <paramref name="asOf"/>. When this producer reaches
    /// exactly that position, it goes on with changes; when it skips it, it sends a snapshot.
    /// </summary>
    public void GoOnFrom(Position held, Position asOf)
    {
        Acknowledged = held;
        _overtakenAt = asOf;
        _snapshotDue = false;
    }

    /// <summary>Notes the producer's position: a consumer that another activation brought there holds all that is marked, since the same position means the same content.</summary>
    public void Reach(Position current)
    {
        if (current.IsNone || current != _overtakenAt) return;
        _overtakenAt = Position.None;
        _marked = null;
        _arrivedAt = 0;
        _trace = null;
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

/// <summary>A batch without its content, which the producer adds; see <see cref="Outbox{TKey}.Take"/>.</summary>
/// <param name="Previous">The last position that the consumer acknowledged.</param>
/// <param name="Position">The producer's position.</param>
/// <param name="IsSnapshot">Whether the producer sends its whole content.</param>
/// <param name="Keys">The keys that changed; meaningless in a snapshot. Do not modify.</param>
/// <param name="ArrivedAt">As in <see cref="Batch{TChange}.ArrivedAt"/>.</param>
/// <param name="Trace">As in <see cref="Batch{TChange}.Trace"/>.</param>
/// <typeparam name="TKey">Identifies what changes.</typeparam>
public readonly record struct Shipment<TKey>(
    Position Previous, Position Position, bool IsSnapshot, IReadOnlyCollection<TKey> Keys, long ArrivedAt, string? Trace);
