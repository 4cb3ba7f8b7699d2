using MetaCollector.Conversation.Diagnostics;
using MetaCollector.Conversation.Sending;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;
using MetaCollector.Informer.Storing;

namespace MetaCollector.Informer.Feeding;

/// <summary>
/// The leader's end of the conversation with one namespace, for one term. Guarded by the store's lock, which it takes itself where its
/// pump calls.
/// </summary>
internal sealed class NamespaceFeed(
    string name, Position position, NamespaceFeeds feeds, LeaderTerm term, ClusterContent content, ReadKinds kinds, Lock storeLock)
    : IOutgoing<ResourceChange>
{
    private readonly Outbox<Uid> _outbox = new();
    private bool _isStopped;
    private long? _dueSince;
    private long _takenAt;

    /// <summary>Name of the namespace.</summary>
    public string Name => name;

    /// <summary>Position of its last change.</summary>
    public Position Position { get; private set; } = position;

    /// <summary>Whether something is due or under way.</summary>
    public bool IsPending => _outbox.IsInFlight || _outbox.IsDue(Position);

    /// <summary>The kinds that were readable when the batch in flight was taken.</summary>
    public KindSet Watched { get; private set; }

    private NamespacePump Pump => field ??= term.PumpFor(this);

    /// <summary>An object changed.</summary>
    public void Mark(Uid uid, Position now, long arrivedAt)
    {
        Position = now;
        // A snapshot that is due will read everything anyway.
        var isMerged = !_outbox.IsSnapshotDue && !_outbox.Mark(uid, arrivedAt, ChangeTrace.Current);
        if (!feeds.IsFeeding) return;
        if (isMerged) term.Metrics?.Merged();
        Kick();
    }

    /// <summary>The grain needs everything.</summary>
    public void RequireSnapshot(Position now)
    {
        Position = now;
        _outbox.RequireSnapshot();
        Kick();
    }

    /// <summary>Whether the grain, which holds this, has everything. Else it is fed: whoever asks can be reached.</summary>
    public bool Verify(Position held)
    {
        var isCurrent = _outbox.Verify(held, Position.None, Position);
        if (!isCurrent) Kick(atOnce: true);
        return isCurrent;
    }

    /// <summary>Sends what is due.</summary>
    /// <param name="atOnce">Whether there is reason to believe that the grain can be reached again.</param>
    public void Kick(bool atOnce = false)
    {
        NoteDue();
        // A pump runs where it was kicked: never in the turn of a grain that asked.
        if (TaskScheduler.Current == TaskScheduler.Default && SynchronizationContext.Current is null) Pump.Kick(atOnce);
        else ThreadPool.UnsafeQueueUserWorkItem(static work => work.Pump.Kick(work.atOnce), (Pump, atOnce), preferLocal: false);
    }

    /// <summary>Sends nothing any more.</summary>
    public void Stop()
    {
        _isStopped = true;
        Pump.Stop();
    }

    /// <inheritdoc/>
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

    /// <inheritdoc/>
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

    /// <inheritdoc/>
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
            // Of a kind that is being listed for the first time nothing is told yet: a snapshot follows.
            if (resource is null || !kinds.Unknown.Contains(resource.Kind)) changes.Add(new ResourceChange(uid, resource));
        }

        return [.. changes];
    }

    private void NoteDue()
    {
        if (_dueSince is not null || term.Metrics is not { } metrics || !_outbox.IsDue(Position)) return;
        _dueSince = metrics.Now;
        metrics.Due();
    }

    private void NoteTaken(int changes)
    {
        if (term.Metrics is not { } metrics) return;
        _takenAt = metrics.Now;
        metrics.Taken(_dueSince ?? _takenAt, changes);
        _dueSince = null;
    }

    private void NoteAnswered(bool isRetried)
    {
        term.Metrics?.Answered(_takenAt, isRetried);
        NoteDue();
    }
}
