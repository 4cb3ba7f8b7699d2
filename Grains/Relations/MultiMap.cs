using System.Runtime.InteropServices;

namespace MetaCollector.Grains.Relations;

/// <summary>Several values to a key, in short lists.</summary>
internal sealed class MultiMap<TKey, TValue> where TKey : notnull
{
    private readonly Dictionary<TKey, List<TValue>> _lists = [];

    /// <summary>The values of a key; not to be kept across a change.</summary>
    public ReadOnlySpan<TValue> this[TKey key] =>
        _lists.TryGetValue(key, out var list) ? CollectionsMarshal.AsSpan(list) : default;

    /// <summary>Adds a value, which must not be there.</summary>
    public void Add(TKey key, TValue value)
    {
        ref var list = ref CollectionsMarshal.GetValueRefOrAddDefault(_lists, key, out _);
        (list ??= new List<TValue>(1)).Add(value);
    }

    /// <summary>Removes a value, if it is there.</summary>
    public void Remove(TKey key, TValue value)
    {
        if (!_lists.TryGetValue(key, out var list) || !list.Remove(value)) return;
        if (list.Count == 0) _lists.Remove(key);
    }
}
