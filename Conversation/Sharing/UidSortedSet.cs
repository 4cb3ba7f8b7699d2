using System.Collections;

namespace MetaCollector.Conversation.Sharing;

/// <summary>
/// Items by uid, in one array sorted by uid. An item costs 8 bytes here and about 60 in a dictionary, which counts where a silo has one of these for each
/// pair of namespace and node. Finding takes a binary search; adding and removing moves what comes after in the array. Meant for what is related to one
/// node: a few to some thousands of items. Not thread-safe.
/// </summary>
/// <typeparam name="T">Type of the items; the uid of an item does not change.</typeparam>
public sealed class UidSortedSet<T> : IReadOnlyCollection<T> where T : class, IHasUid
{
    private const int Fewest = 4;

    private T[] _items = [];

    /// <inheritdoc/>
    public int Count { get; private set; }

    /// <summary>For how many items it has memory.</summary>
    public int Capacity => _items.Length;

    /// <summary>The items in the order of their uids. Valid until the next change.</summary>
    public ReadOnlySpan<T> Items => _items.AsSpan(0, Count);

    /// <summary>The item with this uid; null if there is none.</summary>
    public T? Find(Uid uid) => PlaceOf(uid) is >= 0 and var place ? _items[place] : null;

    /// <summary>Adds an item, in place of one with the same uid.</summary>
    /// <returns>The item that it replaces; null if there was none.</returns>
    public T? Put(T item)
    {
        ArgumentNullException.ThrowIfNull(item);
        var place = PlaceOf(item.Uid);
        if (place >= 0)
        {
            var replaced = _items[place];
            _items[place] = item;
            return replaced;
        }

        place = ~place;
        if (Count == _items.Length) Array.Resize(ref _items, Count + Math.Max(Fewest, Count / 2));
        Array.Copy(_items, place, _items, place + 1, Count - place);
        _items[place] = item;
        Count++;
        return null;
    }

    /// <summary>Removes the item with this uid, and frees memory that only removed items needed.</summary>
    /// <returns>The item; null if there was none.</returns>
    public T? Remove(Uid uid)
    {
        var place = PlaceOf(uid);
        if (place < 0) return null;
        var removed = _items[place];
        Count--;
        Array.Copy(_items, place + 1, _items, place, Count - place);
        _items[Count] = null!;
        if (Count == 0) _items = [];
        else if (_items.Length > Fewest * 2 && Count < _items.Length / 4) Array.Resize(ref _items, Count * 2);
        return removed;
    }

    /// <summary>Reserves memory for <paramref name="count"/> items.</summary>
    public void EnsureCapacity(int count)
    {
        if (_items.Length < count) Array.Resize(ref _items, count);
    }

    /// <inheritdoc/>
    public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)new ArraySegment<T>(_items, 0, Count)).GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    // The complement of where it would be, if there is none. Whole slices come in the order of the uids: the last place first.
    private int PlaceOf(Uid uid) => Count > 0 && _items[Count - 1].Uid < uid ? ~Count : Items.BinarySearch(new Sought(uid));

    private readonly struct Sought(Uid uid) : IComparable<T>
    {
        public int CompareTo(T? other) => uid.CompareTo(other!.Uid);
    }
}
