using MetaCollector.Conversation.Sending;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;
using MetaCollector.Informer.Storing;

namespace MetaCollector.Informer.Feeding;

/// <summary>The leader's end of the conversation with one namespace, for one term.</summary>
internal sealed class NamespaceFeed : IOutgoing<ResourceChange>
{
    private readonly ResourceStore _store;
    private readonly LeaderTerm _term;
    private long? _dueSince;
    private long _takenAt;

    public NamespaceFeed(ResourceStore store, NamespaceContent content, LeaderTerm term)
    {
        (_store, Content, _term) = (store, content, term);
        Pump = term.PumpFor(this);
    }

    /// <summary>Whose feed it is.</summary>
    public NamespaceContent Content { get; }

    /// <summary>What the grain has still to be told. Guarded by the store's lock.</summary>
    public Outbox<Uid> Outbox { get; } = new();

    /// <summary>The kinds that were readable when the batch in flight was taken.</summary>
    public KindSet Watched { get; set; }

    /// <summary>Sends what is due.</summary>
    public NamespacePump Pump { get; }

    /// <summary>Something is due. To be called under the store's lock.</summary>
    /// <param name="atOnce">Whether there is reason to believe that the grain can be reached again.</param>
    public void Kick(bool atOnce = false)
    {
        NoteDue();
        // A pump runs where it was kicked: never in the turn of a grain that asked.
        if (TaskScheduler.Current == TaskScheduler.Default && SynchronizationContext.Current is null) Pump.Kick(atOnce);
        else ThreadPool.UnsafeQueueUserWorkItem(static work => work.Pump.Kick(work.atOnce), (Pump, atOnce), preferLocal: false);
    }

    /// <summary>A change was noted of an object that was due already; guarded by the store's lock.</summary>
    public void NoteMerged() => _term.Metrics?.Merged();

    /// <summary>A batch was taken; guarded by the store's lock.</summary>
    public void NoteTaken(int changes)
    {
        if (_term.Metrics is not { } metrics) return;
        _takenAt = metrics.Now;
        metrics.Taken(_dueSince ?? _takenAt, changes);
        _dueSince = null;
    }

    /// <summary>The batch was answered, or was not; guarded by the store's lock.</summary>
    public void NoteAnswered(bool isRetried)
    {
        _term.Metrics?.Answered(_takenAt, isRetried);
        NoteDue();
    }

    /// <inheritdoc/>
    public Batch<ResourceChange>? Take() => _store.Take(this);

    /// <inheritdoc/>
    public void Complete(Receipt receipt) => _store.Complete(this, receipt);

    /// <inheritdoc/>
    public void Fail(Exception exception)
    {
        _store.Fail(this);
        _term.NoteFailure(Content.Name, exception);
    }

    private void NoteDue()
    {
        if (_dueSince is not null || _term.Metrics is not { } metrics || !Outbox.IsDue(Content.Position)) return;
        _dueSince = metrics.Now;
        metrics.Due();
    }
}
