using System.Runtime.InteropServices;

namespace MetaCollector.Conversation.Sharing;

/// <summary>
/// Weak references to instances, so that equal instances can be shared. The number of places is fixed and newer instances overwrite older
/// ones: an overwritten instance may exist twice for a while. Thread-safe without locks.
/// </summary>
/// <typeparam name="T">Type of the instances, which are immutable.</typeparam>
/// <param name="places">Number of places, a power of two.</param>
internal sealed class InstanceTable<T>(int places) where T : class
{
    // With one place for each hash, two instances of the same hash would overwrite each other in turn.
    private const int Ways = 4;

    // Weak handles, allocated when a place is first used; 0 for none. Weak, so that the table does not keep deleted objects alive.
    private readonly nint[] _handles = new nint[places];

    /// <summary>Frees the handles.</summary>
    ~InstanceTable()
    {
        foreach (var handle in _handles)
            if (handle != 0) WeakGCHandle<T>.FromIntPtr(handle).Dispose();
    }

    /// <summary>Finds an instance that equals <paramref name="instance"/>; null where there is none.</summary>
    /// <param name="instance">The instance.</param>
    /// <param name="hash">Its hash code; equal instances have the same.</param>
    public T? Find(T instance, int hash)
    {
        var start = hash & (_handles.Length - Ways);
        for (var way = 0; way < Ways; way++)
        {
            var known = At(start + way);
            if (ReferenceEquals(known, instance) || (known is not null && known.Equals(instance))) return known;
        }

        return null;
    }

    /// <summary>Stores an instance; overwrites one that it <paramref name="supersedes"/>, else an empty place, else any.</summary>
    public T Put(T instance, int hash, Func<T, T, bool>? supersedes = null)
    {
        var start = hash & (_handles.Length - Ways);
        var chosen = start + (int)((uint)hash >> 30);
        for (var way = Ways - 1; way >= 0; way--)
        {
            var known = At(start + way);
            if (known is null) chosen = start + way;
            if (known is null || supersedes?.Invoke(instance, known) != true) continue;
            chosen = start + way;
            break;
        }

        Set(chosen, instance);
        return instance;
    }

    private T? At(int place) =>
        Volatile.Read(ref _handles[place]) is not 0 and var handle && WeakGCHandle<T>.FromIntPtr(handle).TryGetTarget(out var known) ? known : null;

    private void Set(int place, T instance)
    {
        var handle = Volatile.Read(ref _handles[place]);
        if (handle == 0)
        {
            var made = new WeakGCHandle<T>(instance);
            handle = Interlocked.CompareExchange(ref _handles[place], WeakGCHandle<T>.ToIntPtr(made), 0);
            if (handle == 0) return;
            made.Dispose();
        }

        WeakGCHandle<T>.FromIntPtr(handle).SetTarget(instance);
    }
}
