using System.Diagnostics.CodeAnalysis;
using MetaCollector.Conversation.Diagnostics;

namespace MetaCollector.Informer.Feeding;

/// <summary>One term of this silo as leader: sends the batches of the store, and notes when all namespaces are fed or the term is over. Thread-safe.</summary>
/// <param name="number">The term, from 1.</param>
/// <param name="send">Sends one part of a batch to the grain of its namespace.</param>
/// <param name="time">Clock for the pauses after failures.</param>
/// <param name="faults">Counts and logs unexpected exceptions.</param>
/// <param name="onFailure">Called for each failure, with the namespace's name.</param>
/// <param name="maxSnapshots">How many snapshots may be in flight at once.</param>
/// <param name="metrics">Instruments of the feed.</param>
[SuppressMessage(
    "Design", "CA1001", Justification = "A send of a term that is over may still wait for the semaphore, which holds no handle.")]
internal sealed class LeaderTerm(
    long number,
    Func<Batch<ResourceChange>, KindSet, Task<Receipt>> send,
    TimeProvider time,
    Faults faults,
    Action<string, Exception> onFailure,
    int maxSnapshots,
    FeedMetrics metrics)
{
    private readonly TaskCompletionSource _synced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<long> _refused = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly SemaphoreSlim _snapshots = new(maxSnapshots, maxSnapshots);

    public long Number => number;

    public FeedMetrics Metrics => metrics;

    /// <summary>Completes once every namespace has been fed.</summary>
    public Task Synced => _synced.Task;

    /// <summary>Completes with the newer term once a grain refused a batch.</summary>
    public Task<long> Refused => _refused.Task;

    public NamespacePump PumpFor(NamespaceFeed feed) => new(feed, this, time, faults);

    public void NoteSynced() => _synced.TrySetResult();

    /// <summary>Notes that a grain refused a batch because it has seen the term <paramref name="newer"/>.</summary>
    public void Refuse(long newer) => _refused.TrySetResult(newer);

    /// <summary>Notes that a grain could not be reached.</summary>
    public void NoteFailure(string @namespace, Exception exception) => onFailure(@namespace, exception);

    /// <summary>Sends one part of a batch to the grain of its namespace.</summary>
    /// <remarks>Limits snapshots, which are large and due all at once. Changes are small, and do not wait for snapshots to a lost silo.</remarks>
    /// <param name="part">The part.</param>
    /// <param name="watched">The kinds that were readable when the batch was taken.</param>
    public async Task<Receipt> SendAsync(Batch<ResourceChange> part, KindSet watched)
    {
        if (!part.IsSnapshot) return await send(part, watched);
        await _snapshots.WaitAsync();
        try
        {
            return await send(part, watched);
        }
        finally
        {
            _snapshots.Release();
        }
    }
}
