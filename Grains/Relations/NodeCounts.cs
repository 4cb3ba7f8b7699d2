namespace MetaCollector.Grains.Relations;

/// <summary>
/// On which nodes a resource is needed, and by how many pods there. Most resources are needed on one node: that one costs no dictionary.
/// Changed where it stands, never copied.
/// </summary>
internal struct NodeCounts
{
    private Dictionary<string, int>? _counts;
    private string? _only;
    private int _onlyCount;

    /// <summary>Whether the resource is needed on <paramref name="node"/>.</summary>
    public readonly bool Contains(string node) => _counts is null ? _only == node : _counts.ContainsKey(node);

    /// <summary>One more pod of <paramref name="node"/> needs it.</summary>
    /// <returns>Whether it is the first.</returns>
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

    /// <summary>One pod less of <paramref name="node"/> needs it.</summary>
    /// <returns>Whether it was the last.</returns>
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
