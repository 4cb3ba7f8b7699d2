namespace MetaCollector.Grains.Relations;

/// <summary>
/// Counts, for a resource, the pods that need it on each node. Most resources are needed on one node, so one node needs no array; more are sorted by
/// name. A mutable struct: use it by reference, never copy it.
/// </summary>
internal struct NodeCounts
{
    private const int Fewest = 4;

    private string? _only;
    private (string Node, int Pods)[]? _many;

    // Pods on the only node, or how many places of the array are used.
    private int _count;

    public readonly bool Contains(string node) => _many is null ? _only == node : PlaceOf(_many, node) >= 0;

    /// <summary>Adds a pod of <paramref name="node"/>.</summary>
    /// <returns>Whether it is the first pod there.</returns>
    public bool Add(string node)
    {
        if (_many is null)
        {
            if (_only is null || _only == node)
            {
                _only = node;
                return ++_count == 1;
            }

            _many = new (string, int)[Fewest];
            (_many[0], _count, _only) = ((_only, _count), 1, null);
        }

        var place = PlaceOf(_many, node);
        if (place >= 0)
        {
            _many[place].Pods++;
            return false;
        }

        place = ~place;
        if (_count == _many.Length) Array.Resize(ref _many, _count + (_count / 2));
        Array.Copy(_many, place, _many, place + 1, _count - place);
        _many[place] = (node, 1);
        _count++;
        return true;
    }

    /// <summary>Removes a pod of <paramref name="node"/>.</summary>
    /// <returns>Whether it was the last pod there.</returns>
    public bool Remove(string node)
    {
        if (_many is null)
        {
            if (--_count > 0) return false;
            _only = null;
            return true;
        }

        var place = PlaceOf(_many, node);
        if (--_many[place].Pods > 0) return false;
        _count--;
        Array.Copy(_many, place + 1, _many, place, _count - place);
        _many[_count] = default;
        if (_count == 1) (_only, _count, _many) = (_many[0].Node, _many[0].Pods, null);
        else if (_many.Length > Fewest && _count < _many.Length / 4) Array.Resize(ref _many, _count * 2);
        return true;
    }

    /// <summary>The nodes, in ordinal order.</summary>
    public readonly IEnumerable<string> Nodes => _many is not null ? _many.Take(_count).Select(node => node.Node) : _only is null ? [] : [_only];

    // The complement of where it would be, if it is not there.
    private readonly int PlaceOf((string Node, int Pods)[] many, string node) => many.AsSpan(0, _count).BinarySearch(new Sought(node));

    private readonly struct Sought(string node) : IComparable<(string Node, int Pods)>
    {
        public int CompareTo((string Node, int Pods) other) => string.CompareOrdinal(node, other.Node);
    }
}
