using MetaCollector.Conversation.Receiving;

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
public class Outbox<TKey>(Position held = default) where TKey : notnull
{
    // Null while nothing is due or in flight, which is so for most consumers; also while nothing is known of the consumer but that a snapshot is due.
    private Unsettled? _open;

    /// <summary>The last position that the consumer acknowledged.</summary>
    public Position Acknowledged { get; private set; } = held;

    /// <summary>The position that the consumer will hold if it accepts what is on its way.</summary>
    public Position Expected => _open is { IsInFlight: true } open ? open.Sent : Acknowledged;

    /// <summary>Whether a batch is on its way: nothing else may be taken until it is completed or failed.</summary>
    public bool IsInFlight => _open is { IsInFlight: true };

    /// <summary>The position as of which the consumer holds everything, with what it acknowledged; none where something is due or in flight, or that is not known.</summary>
    public Position ToldUpTo(Position current) =>
        IsInFlight || IsSnapshotDue || IsDue(current) ? Position.None : _open is { OvertakenAt.IsNone: false } open ? open.OvertakenAt : current;

    /// <summary>How many keys wait to be taken.</summary>
    public int Pending => _open?.Marked?.Count ?? 0;

    /// <summary>Whether the next batch is a snapshot.</summary>
    public bool IsSnapshotDue => _open?.IsSnapshotDue ?? Acknowledged.IsNone;

    private Unsettled Open => _open ??= new Unsettled { IsSnapshotDue = Acknowledged.IsNone };

    /// <summary>Notes that the content of <paramref name="key"/> changed.</summary>
    /// <param name="key">The key.</param>
    /// <param name="arrivedAt">When the change arrived from the API server, as in <see cref="Batch{TChange}.ArrivedAt"/>.</param>
    /// <param name="trace">Its trace context, as in <see cref="Batch{TChange}.Trace"/>.</param>
    /// <returns>False if the key was marked already.</returns>
    /// <remarks>Does nothing while a snapshot is due, which contains every key.</remarks>
    public bool Mark(TKey key, long arrivedAt = 0, string? trace = null)
    {
        if (IsSnapshotDue) return true;
        var open = Open;
        open.Trace ??= trace;
        if (arrivedAt != 0 && (open.ArrivedAt == 0 || arrivedAt < open.ArrivedAt)) open.ArrivedAt = arrivedAt;
        return (open.Marked ??= []).Add(key);
    }

    /// <summary>Makes the next batch a snapshot.</summary>
    public void RequireSnapshot() => Open.IsSnapshotDue = true;

    /// <summary>
    /// Takes a consumer's question whether it is current. If the consumer holds another position than it acknowledged last, a snapshot becomes
    /// due. If nothing changes up to <paramref name="atLeast"/>, an empty batch with that position becomes due.
    /// </summary>
    /// <remarks>
    /// A consumer may ask while a batch is in flight, and its question may arrive after its receipt. So the first question with an older
    /// position changes nothing; a second one with the same position makes a snapshot due.
    /// </remarks>
    /// <returns>Whether the consumer is current, as far as this producer knows.</returns>
    public bool Verify(Position holds, Position atLeast, Position current)
    {
        // A batch in flight may explain the difference; wait for its receipt.
        if (holds != Acknowledged && !IsInFlight && !MayBeLate(holds)) RequireSnapshot();
        if (atLeast > Acknowledged && atLeast > Open.Awaited) Open.Awaited = atLeast;
        return !current.IsNone && !IsInFlight && !IsDue(current) && holds == Acknowledged && holds >= atLeast;
    }

    /// <summary>Whether a batch is due while the producer is at <paramref name="current"/>.</summary>
    public bool IsDue(Position current) =>
        !current.IsNone && (IsSnapshotDue || (_open is { } open && (open.OvertakenAt.IsNone
            ? Pending > 0 || (open.Awaited > Acknowledged && current >= open.Awaited)
            : current > open.OvertakenAt)));

    /// <summary>Takes what is due; the caller reads the content before anything changes. Null where nothing is due or a batch is in flight.</summary>
    public Shipment<TKey>? Take(Position current)
    {
        if (IsInFlight) return null;
        Reach(current);
        if (!IsDue(current)) return null;
        var open = Open;
        open.IsSnapshotDue |= !open.OvertakenAt.IsNone;
        open.OvertakenAt = Position.None;
        open.IsInFlight = true;
        (open.KeysInFlight, open.Marked) = (open.Marked, null);
        open.IsSnapshotInFlight = open.IsSnapshotDue;
        open.Sent = current;
        var shipment = new Shipment<TKey>(
            Acknowledged, current, open.IsSnapshotDue, open.KeysInFlight ?? (IReadOnlyCollection<TKey>)[], open.IsSnapshotDue ? 0 : open.ArrivedAt,
            open.IsSnapshotDue ? null : open.Trace);
        open.IsSnapshotDue = false;
        open.ArrivedAt = 0;
        open.Trace = null;
        return shipment;
    }

    /// <summary>Takes the consumer's answer to the batch in flight.</summary>
    /// <returns>Whether the consumer accepted it.</returns>
    public bool Complete(Receipt receipt)
    {
        var open = Open;
        switch (receipt.Verdict)
        {
            case Verdict.Accepted when receipt.Held >= open.Sent:
                Acknowledged = receipt.Held;
                Land();
                if (receipt.Held > open.Sent) open.OvertakenAt = receipt.Held;
                open.Doubted = Position.None;
                Settle();
                return true;
            case Verdict.Refused:
                Fail();
                return false;
            default:
                Acknowledged = receipt.Held;
                Land();
                RequireSnapshot();
                return false;
        }
    }

    /// <summary>The consumer did not answer: everything in the batch in flight is due again.</summary>
    public void Fail()
    {
        if (_open is not { IsInFlight: true } open) return;
        if (open.Marked is null) open.Marked = open.KeysInFlight;
        else if (open.KeysInFlight is not null) open.Marked.UnionWith(open.KeysInFlight);
        open.IsSnapshotDue |= open.IsSnapshotInFlight;
        Land();
    }

    /// <summary>
    /// The consumer acknowledged <paramref name="held"/> to another activation, and was current as of <paramref name="asOf"/>. When this producer reaches
    /// exactly that position, it goes on with changes; when it skips it, it sends a snapshot.
    /// </summary>
    public void GoOnFrom(Position held, Position asOf)
    {
        Acknowledged = held;
        Open.OvertakenAt = asOf;
        Open.IsSnapshotDue = false;
    }

    /// <summary>Notes the producer's position: a consumer that another activation brought there holds all that is marked, since the same position means the same content.</summary>
    public void Reach(Position current)
    {
        if (current.IsNone || _open is not { } open || current != open.OvertakenAt) return;
        (open.OvertakenAt, open.Marked, open.ArrivedAt, open.Trace) = (Position.None, null, 0, null);
        Settle();
    }

    private bool MayBeLate(Position holds)
    {
        if (holds.IsNone || holds > Acknowledged || holds == _open?.Doubted) return false;
        Open.Doubted = holds;
        return true;
    }

    private void Land()
    {
        Open.IsInFlight = false;
        Open.KeysInFlight = null;
    }

    private void Settle()
    {
        if (_open is { IsInFlight: false, IsSnapshotDue: false, Marked: null, OvertakenAt.IsNone: true, Doubted.IsNone: true } open && open.Awaited <= Acknowledged)
            _open = null;
    }

    // What there is beside what the consumer acknowledged.
    private sealed class Unsettled
    {
        public HashSet<TKey>? Marked { get; set; }

        public HashSet<TKey>? KeysInFlight { get; set; }

        public bool IsInFlight { get; set; }

        public bool IsSnapshotInFlight { get; set; }

        public bool IsSnapshotDue { get; set; }

        public Position Sent { get; set; }

        public Position Awaited { get; set; }

        public Position OvertakenAt { get; set; }

        public Position Doubted { get; set; }

        public long ArrivedAt { get; set; }

        public string? Trace { get; set; }
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
