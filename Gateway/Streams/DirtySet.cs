using System.Diagnostics.CodeAnalysis;

namespace MetaCollector.Gateway.Streams;

/// <summary>
/// A set of uids in the order in which they were added. Adding, removing and peeking take constant time. Frees its memory when it becomes
/// empty after a burst. Not thread-safe.
/// </summary>
internal sealed class DirtySet
{
    private const int None = -1;
    private const int KeptCapacity = 8;

    private readonly Dictionary<Uid, int> _places = [];
    private Link[] _links = [];
    private int _used;
    private int _free = None;
    private int _first = None;
    private int _last = None;

    public int Count => _places.Count;

    /// <summary>The timestamp of the first uid; null if the set is empty.</summary>
    public long? Oldest => _first == None ? null : _links[_first].Mark.Timestamp;

    public int Capacity => Math.Max(_links.Length, _places.Capacity);

    public bool TryGet(Uid uid, out Mark mark)
    {
        var isThere = _places.TryGetValue(uid, out var place);
        mark = isThere ? _links[place].Mark : default;
        return isThere;
    }

    public void EnsureCapacity(int count)
    {
        _places.EnsureCapacity(count);
        if (_links.Length < count) Array.Resize(ref _links, count);
    }

    /// <summary>The uid that was added first, and its mark.</summary>
    public bool TryPeek(out Uid uid, out Mark mark)
    {
        (uid, mark) = _first == None ? default : (_links[_first].Uid, _links[_first].Mark);
        return _first != None;
    }

    /// <summary>Adds a uid at the end. A uid that the set has keeps its place and its older <see cref="Mark"/>.</summary>
    public bool Add(Uid uid, Mark mark)
    {
        if (_places.ContainsKey(uid)) return false;
        var place = _free;
        if (place != None)
        {
            _free = _links[place].Next;
        }
        else
        {
            if (_used == _links.Length) Array.Resize(ref _links, Math.Max(8, _links.Length * 2));
            place = _used++;
        }

        _links[place] = new Link(uid, mark, _last, None);
        if (_last == None) _first = place;
        else _links[_last].Next = place;
        _last = place;
        _places.Add(uid, place);
        return true;
    }

    public bool Remove(Uid uid, [MaybeNullWhen(false)] out Mark mark)
    {
        if (!_places.Remove(uid, out var place))
        {
            mark = default;
            return false;
        }

        ref var link = ref _links[place];
        mark = link.Mark;
        if (link.Previous == None) _first = link.Next;
        else _links[link.Previous].Next = link.Next;
        if (link.Next == None) _last = link.Previous;
        else _links[link.Next].Previous = link.Previous;
        link = new Link(default, default, None, _free);
        _free = place;
        if (_places.Count == 0) Reset();
        return true;
    }

    /// <summary>The uids in order, with their marks. The set must not change meanwhile.</summary>
    public Enumerator GetEnumerator() => new(this);

    private void Reset()
    {
        _used = 0;
        _free = None;
        if (_links.Length <= KeptCapacity) return;
        _links = [];
        _places.TrimExcess(KeptCapacity);
    }

    /// <summary>What is noted when a uid is added.</summary>
    /// <param name="Sent">The version that the stream was sent; null for none.</param>
    /// <param name="ArrivedAt">As in <c>Batch.ArrivedAt</c>: milliseconds since 1970, or 0.</param>
    /// <param name="Timestamp">When it was added, as a timestamp of the <see cref="TimeProvider"/>.</param>
    /// <param name="Trace">The trace context of the change; null where it is not traced.</param>
    internal readonly record struct Mark(NodeResource? Sent, long ArrivedAt, long Timestamp, string? Trace = null);

    /// <summary>Walks over the uids in order.</summary>
    internal struct Enumerator(DirtySet set)
    {
        private int _at = None;
        private int _next = set._first;

        public readonly (Uid Uid, Mark Mark) Current => (set._links[_at].Uid, set._links[_at].Mark);

        public bool MoveNext()
        {
            _at = _next;
            if (_at == None) return false;
            _next = set._links[_at].Next;
            return true;
        }
    }

    private struct Link(Uid uid, Mark mark, int previous, int next)
    {
        public readonly Uid Uid = uid;
        public readonly Mark Mark = mark;
        public int Previous = previous;
        public int Next = next;
    }
}
