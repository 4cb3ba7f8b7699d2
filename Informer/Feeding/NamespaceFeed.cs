using MetaCollector.Conversation.Diagnostics;
using MetaCollector.Conversation.Sending;
using MetaCollector.Informer.Storing;

namespace MetaCollector.Informer.Feeding;

/// <summary>
/// The leader's end of the conversation with one namespace, for one term. Guarded by the store's lock; the methods that its pump calls take
/// the lock themselves.
/// </summary>
internal sealed class NamespaceFeed(
    string name, Position position, NamespaceFeeds feeds, LeaderTerm term, ClusterContent content, ReadKinds kinds, Lock storeLock)
    : IOutgoing<ResourceChange>
{
    private readonly Outbox<Uid> _outbox = new();
    private bool _isStopped;
    private long? _dueSince;
    private long _takenAt;

    public string Name => name;

    /// <summary>Position of its last change.</summary>
    public Position Position { get; private set; } = position;

    /// <summary>Whether something is due or in flight.</summary>
    public bool IsPending => _outbox.IsInFlight || _outbox.IsDue(Position);

    /// <summary>The kinds that were readable when the batch in flight was taken.</summary>
    public KindSet Watched { get; private set; }

    private NamespacePump Pump => field ??= term.PumpFor(this);

    /// <summary>Notes that an object changed.</summary>
    public void Mark(Uid uid, Position now, long arrivedAt)
    {
        Position = now;
        var isMerged = !_outbox.Mark(uid, arrivedAt, ChangeTrace.Current);
        if (!feeds.IsFeeding) return;
        if (isMerged) term.Metrics.Merged();
        Kick();
    }

    /// <summary>Makes a snapshot due, and sends it.</summary>
    public void RequireSnapshot(Position now)
    {
        Position = now;
        _outbox.RequireSnapshot();
        Kick();
    }

    /// <summary>Whether the grain, which holds this position, is current. If not, feeds it at once: a grain that asks can be reached.</summary>
    public bool Verify(Position held)
    {
        var isCurrent = _outbox.Verify(held, Position.None, Position);
        if (!isCurrent) Kick(atOnce: true);
        return isCurrent;
    }

    /// <summary>Sends what is due.</summary>
    /// <param name="atOnce">Whether to end a pause, because the grain is probably reachable again.</param>
    public void Kick(bool atOnce = false)
    {
        NoteDue();
        // A pump runs on the scheduler of its Kick, which must not be that of a grain that asked.
        if (TaskScheduler.Current == TaskScheduler.Default && SynchronizationContext.Current is null) Pump.Kick(atOnce);
        else ThreadPool.UnsafeQueueUserWorkItem(static work => work.Pump.Kick(work.atOnce), (Pump, atOnce), preferLocal: false);
    }

    public void Stop()
    {
        _isStopped = true;
        Pump.Stop();
    }

    public Batch<ResourceChange>? Take()
    {
        lock (storeLock)
        {
            if (_isStopped || _outbox.Take(Position) is not { } shipment) return null;
            Watched = kinds.Listed;
            var changes = Read(shipment);
            NoteTaken(changes.Length);
            return new Batch<ResourceChange>
            {
                Namespace = name,
                Previous = shipment.Previous,
                Position = shipment.Position,
                IsSnapshot = shipment.IsSnapshot,
                ArrivedAt = shipment.ArrivedAt,
                Trace = shipment.Trace,
                Unknown = kinds.Unknown,
                Changes = changes,
            };
        }
    }

    public void Complete(Receipt receipt)
    {
        lock (storeLock)
        {
            if (_isStopped) return;
            var isAccepted = _outbox.Complete(receipt);
            NoteAnswered(isRetried: receipt.Verdict == Verdict.Refused);
            if (isAccepted) feeds.NoteFed(this);
            else if (receipt.Verdict == Verdict.Refused) term.Refuse(receipt.HighestTerm);
        }
    }

    public void Fail(Exception exception)
    {
        term.NoteFailure(name, exception);
        lock (storeLock)
        {
            if (_isStopped) return;
            _outbox.Fail();
            NoteAnswered(isRetried: true);
        }
    }

    private ResourceChange[] Read(Shipment<Uid> shipment)
    {
        var held = content.In(name);
        var changes = new List<ResourceChange>(shipment.IsSnapshot ? held.Count : shipment.Keys.Count);
        foreach (var uid in shipment.IsSnapshot ? held.Keys : shipment.Keys)
        {
            var resource = held.GetValueOrDefault(uid);
            // Skips objects of a kind that is being listed for the first time: a snapshot follows.
            if (resource is null || !kinds.Unknown.Contains(resource.Kind)) changes.Add(new ResourceChange(uid, resource));
        }

        return [.. changes];
    }

    private void NoteDue()
    {
        if (_dueSince is not null || !_outbox.IsDue(Position)) return;
        _dueSince = term.Metrics.Now;
        term.Metrics.Due();
    }

    private void NoteTaken(int changes)
    {
        _takenAt = term.Metrics.Now;
        term.Metrics.Taken(_dueSince ?? _takenAt, changes);
        _dueSince = null;
    }

    private void NoteAnswered(bool isRetried)
    {
        term.Metrics.Answered(_takenAt, isRetried);
        NoteDue();
    }
}
