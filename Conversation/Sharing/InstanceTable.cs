using System.Runtime.InteropServices;

namespace MetaCollector.Conversation.Sharing;

/// <summary>
/// Remembers instances for as long as somebody else keeps them, so that others which are equal need not be kept. A fixed number of
/// places, in which newer ones take the place of older ones: what is forgotten is kept twice for a while, and nothing worse. Thread-safe
/// without locks.
/// </summary>
/// <typeparam name="T">Type of the instances, which are immutable.</typeparam>
/// <param name="places">Number of places, a power of two.</param>
internal sealed class InstanceTable<T>(int places) where T : class
{
    // Two that meet in one place would forget each other in turn.
    private const int Ways = 4;

    // Weak handles, made when a place is first taken and then kept: 0 for none. What is deleted in the cluster must not live on here.
    private readonly nint[] _handles = new nint[places];

    /// <summary>Gives the handles back.</summary>
    ~InstanceTable()
    {
        foreach (var handle in _handles)
            if (handle != 0) WeakGCHandle<T>.FromIntPtr(handle).Dispose();
    }

    /// <summary>The instance that is remembered in place of <paramref name="instance"/>; null where there is none.</summary>
    /// <param name="instance">What is at hand.</param>
    /// <param name="hash">Its hash, the same for whatever equals it.</param>
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

    /// <summary>Remembers an instance, in place of an older one where <paramref name="supersedes"/> says so, else of any.</summary>
    public void Put(T instance, int hash, Func<T, T, bool>? supersedes = null)
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
