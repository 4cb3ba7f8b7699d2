namespace MetaCollector.Simulator.Storage;

/// <summary>
/// The bounded history of one resource. Watchers hold a place in it and read at their own pace: a slow one costs the writers
/// nothing, and one that falls behind the oldest event has lost its place. Appends are serialised by the store.
/// </summary>
internal sealed class EventLog(int capacity)
{
    private readonly StoreEvent?[] _ring = new StoreEvent?[capacity];
    private long _next;
    private long _oldest;
    private TaskCompletionSource _appended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _waiting;

    /// <summary>The sequence that the next event will have.</summary>
    public long Next => Volatile.Read(ref _next);

    /// <summary>The sequence of the oldest event that is kept.</summary>
    public long Oldest => Volatile.Read(ref _oldest);

    /// <summary>The revision of the newest event that was forgotten: a watch cannot start before it.</summary>
    public long ForgottenRevision { get; private set; }

    public void Append(StoreEventType type, StoredObject current, StoredObject? previous)
    {
        var sequence = _next;
        var slot = (int)(sequence % _ring.Length);
        if (sequence - _oldest == _ring.Length)
        {
            ForgottenRevision = _ring[slot]!.Revision;
            Volatile.Write(ref _oldest, sequence - _ring.Length + 1);
        }

        Volatile.Write(ref _ring[slot], new StoreEvent(sequence, type, current, previous));
        Volatile.Write(ref _next, sequence + 1);
        Signal();
    }

    /// <summary>Forgets all events, up to that revision.</summary>
    public void Compact(long revision)
    {
        ForgottenRevision = revision;
        Volatile.Write(ref _oldest, _next);
        Array.Clear(_ring);
        Signal();
    }

    /// <summary>The event of that sequence; null where it is forgotten or yet to come.</summary>
    public StoreEvent? Read(long sequence)
    {
        if (sequence < Oldest || sequence >= Next)
        {
            return null;
        }

        var found = Volatile.Read(ref _ring[(int)(sequence % _ring.Length)]);
        return found?.Sequence == sequence ? found : null;
    }

    /// <summary>The sequence of the first event after that revision. To be called under the store's lock.</summary>
    public long SequenceAfter(long revision)
    {
        var (low, high) = (_oldest, _next);
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            if (_ring[(int)(middle % _ring.Length)]!.Revision <= revision)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    /// <summary>Completes when there is an event of that sequence (or it was forgotten), at once where there is.</summary>
    public Task WaitFor(long sequence)
    {
        Interlocked.Exchange(ref _waiting, 1);
        var signal = Volatile.Read(ref _appended).Task;
        return Next > sequence || Oldest > sequence ? Task.CompletedTask : signal;
    }

    /// <summary>Wakes all that wait.</summary>
    public void Signal()
    {
        if (Interlocked.Exchange(ref _waiting, 0) == 1)
        {
            Interlocked.Exchange(ref _appended, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
        }
    }
}
