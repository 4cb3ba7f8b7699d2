namespace MetaCollector.Grains.Relations;

/// <summary>
/// Counts, for a resource, the pods that need it on each node. Most resources are needed on one node, so one node needs no dictionary. A
/// mutable struct: use it by reference, never copy it.
/// </summary>
internal struct NodeCounts
{
    private Dictionary<string, int>? _counts;
    private string? _only;
    private int _onlyCount;

    /// <summary>Whether the resource is needed on <paramref name="node"/>.</summary>
    public readonly bool Contains(string node) => _counts is null ? _only == node : _counts.ContainsKey(node);

    /// <summary>Adds a pod of <paramref name="node"/>.</summary>
    /// <returns>Whether it is the first pod there.</returns>
    public bool Add(string node)
    {
        if (_counts is null)
        {
            if (_only is null || _only == node)
            {
                _only = node;
                return ++_onlyCount == 1;
            }

            _counts = new Dictionary<string, int>(StringComparer.Ordinal) { [_only] = _onlyCount };
            _only = null;
        }

        return (_counts[node] = _counts.GetValueOrDefault(node) + 1) == 1;
    }

    /// <summary>Removes a pod of <paramref name="node"/>.</summary>
    /// <returns>Whether it was the last pod there.</returns>
    public bool Remove(string node)
    {
        if (_counts is null)
        {
            if (--_onlyCount > 0) return false;
            _only = null;
            return true;
        }

        var count = _counts[node] - 1;
        if (count > 0)
        {
            _counts[node] = count;
            return false;
        }

        _counts.Remove(node);
        return true;
    }

    /// <summary>The nodes, in no order.</summary>
    public readonly IEnumerable<string> Nodes => _counts is not null ? _counts.Keys : _only is null ? [] : [_only];
}
