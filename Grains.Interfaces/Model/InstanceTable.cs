namespace MetaCollector.Grains.Interfaces.Model;

/// <summary>
/// Remembers instances so that others which are equal need not be kept. A fixed number of places, in which newer ones take the place
/// of older ones: what is forgotten is kept twice for a while, and nothing worse. Thread-safe without locks.
/// </summary>
/// <typeparam name="T">Type of the instances, which are immutable.</typeparam>
/// <param name="places">Number of places, a power of two.</param>
internal sealed class InstanceTable<T>(int places) where T : class
{
    // Two that meet in one place would forget each other in turn.
    private const int Ways = 4;

    private readonly T?[] _instances = new T?[places];

    /// <summary>The instance that is remembered in place of <paramref name="instance"/>; null where there is none.</summary>
    /// <param name="instance">What is at hand.</param>
    /// <param name="hash">Its hash, the same for whatever equals it.</param>
    public T? Find(T instance, int hash)
    {
        var start = hash & (_instances.Length - Ways);
        for (var way = 0; way < Ways; way++)
        {
            var known = Volatile.Read(ref _instances[start + way]);
            if (ReferenceEquals(known, instance) || (known is not null && known.Equals(instance))) return known;
        }

        return null;
    }

    /// <summary>Remembers an instance, in place of an older one where <paramref name="supersedes"/> says so, else of any.</summary>
    public void Put(T instance, int hash, Func<T, T, bool>? supersedes = null)
    {
        var start = hash & (_instances.Length - Ways);
        var chosen = start + (int)((uint)hash >> 30);
        for (var way = Ways - 1; way >= 0; way--)
        {
            var known = Volatile.Read(ref _instances[start + way]);
            if (known is null) chosen = start + way;
            if (known is null || supersedes?.Invoke(instance, known) != true) continue;
            chosen = start + way;
            break;
        }

        Volatile.Write(ref _instances[chosen], instance);
    }
}
