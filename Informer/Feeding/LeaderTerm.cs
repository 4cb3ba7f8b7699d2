using System.Diagnostics.CodeAnalysis;
using MetaCollector.Conversation.Diagnostics;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;

namespace MetaCollector.Informer.Feeding;

/// <summary>One term of this silo as leader: sends what the store has to tell, and hears how it goes. Thread-safe.</summary>
/// <param name="number">The term, from 1.</param>
/// <param name="send">Hands one part of a batch to the grain of its namespace.</param>
/// <param name="time">Clock for the pauses after failures.</param>
/// <param name="faults">Is told of exceptions that nobody expected.</param>
/// <param name="onFailure">Told of each failure, with the namespace's name.</param>
/// <param name="maxSnapshots">How many snapshots may be under way at once.</param>
/// <param name="metrics">Counts and measures; null to do without.</param>
[SuppressMessage(
    "Design", "CA1001", Justification = "A send of a term that is over may still wait for the semaphore, which holds no handle.")]
internal sealed class LeaderTerm(
    long number,
    Func<Batch<ResourceChange>, KindSet, Task<Receipt>> send,
    TimeProvider time,
    Faults faults,
    Action<string, Exception>? onFailure = null,
    int maxSnapshots = 64,
    FeedMetrics? metrics = null)
{
    private readonly TaskCompletionSource _synced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<long> _refused = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly SemaphoreSlim _snapshots = new(maxSnapshots, maxSnapshots);

    /// <summary>The term.</summary>
    public long Number => number;

    /// <summary>Counts and measures; null to do without.</summary>
    public FeedMetrics? Metrics => metrics;

    /// <summary>Completes once every namespace has been fed.</summary>
    public Task Synced => _synced.Task;

    /// <summary>Completes, with the newer term, once a grain refused a batch.</summary>
    public Task<long> Refused => _refused.Task;

    /// <summary>The pump of one namespace.</summary>
    public NamespacePump PumpFor(NamespaceFeed feed) => new(feed, this, time, faults);

    /// <summary>Every namespace has been fed.</summary>
    public void NoteSynced() => _synced.TrySetResult();

    /// <summary>A grain refused a batch, since it has seen <paramref name="newer"/>.</summary>
    public void Refuse(long newer) => _refused.TrySetResult(newer);

    /// <summary>A grain could not be reached.</summary>
    public void NoteFailure(string @namespace, Exception exception) => onFailure?.Invoke(@namespace, exception);

    /// <summary>Hands one part of a batch to the grain of its namespace.</summary>
    /// <remarks>Snapshots are large and come all at once; changes are small, and must not wait behind snapshots for a silo that is gone.</remarks>
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
