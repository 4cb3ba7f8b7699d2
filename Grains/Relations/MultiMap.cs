using System.Runtime.InteropServices;

namespace MetaCollector.Grains.Relations;

/// <summary>A dictionary with a short list of values for each key.</summary>
internal sealed class MultiMap<TKey, TValue> where TKey : notnull
{
    private readonly Dictionary<TKey, List<TValue>> _lists = [];

    /// <summary>The values of a key; valid until the next change.</summary>
    public ReadOnlySpan<TValue> this[TKey key] =>
        _lists.TryGetValue(key, out var list) ? CollectionsMarshal.AsSpan(list) : default;

    /// <summary>Adds a value that the key does not have yet.</summary>
    public void Add(TKey key, TValue value)
    {
        ref var list = ref CollectionsMarshal.GetValueRefOrAddDefault(_lists, key, out _);
        (list ??= new List<TValue>(1)).Add(value);
    }

    /// <summary>Removes a value, if the key has it.</summary>
    public void Remove(TKey key, TValue value)
    {
        if (!_lists.TryGetValue(key, out var list) || !list.Remove(value)) return;
        if (list.Count == 0) _lists.Remove(key);
    }
}
