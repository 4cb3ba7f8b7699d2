using System.Runtime.InteropServices;

namespace MetaCollector.Grains.Relations;

/// <summary>
/// Makes <see cref="References"/>; pods that refer to the same resources get the same instance. Its owner removes references that no pod has
/// any more, so that the pool holds at most a few times what is in use.
/// </summary>
internal sealed class ReferencePool
{
    private const int Smallest = 256;

    private readonly HashSet<References> _pool = [];
    private readonly List<KindReferences> _kinds = [];
    private readonly List<Uid> _uids = [];

    /// <summary>Number of different references.</summary>
    public int Count => _pool.Count;

    /// <summary>Whether it holds many more references than <paramref name="inUse"/> pods can have.</summary>
    public bool HasOutgrown(int inUse) => _pool.Count > Smallest + 2 * inUse;

    /// <summary>Removes all references but these.</summary>
    public void KeepOnly(IEnumerable<References> inUse)
    {
        _pool.IntersectWith(inUse.ToHashSet());
        _pool.TrimExcess();
    }

    /// <summary>The references of these pairs, which are sorted in place; a pair given twice counts once.</summary>
    /// <param name="pairs">Kind and uid, in any order; an empty uid stands for a kind without references.</param>
    public References Make(List<(string Kind, Uid Uid)> pairs)
    {
        pairs.Sort(static (left, right) =>
        {
            var order = string.CompareOrdinal(left.Kind, right.Kind);
            return order != 0 ? order : left.Uid.CompareTo(right.Uid);
        });
        var made = new References { Kinds = EquatableArray.Create(CollectionsMarshal.AsSpan(Group(pairs))) };
        if (_pool.TryGetValue(made, out var known)) return known;
        _pool.Add(made);
        return made;
    }

    private List<KindReferences> Group(List<(string Kind, Uid Uid)> pairs)
    {
        _kinds.Clear();
        _uids.Clear();
        for (var i = 0; i < pairs.Count; i++)
        {
            var (kind, uid) = pairs[i];
            if (!uid.IsEmpty && (_uids.Count == 0 || _uids[^1] != uid)) _uids.Add(uid);
            if (i + 1 < pairs.Count && pairs[i + 1].Kind == kind) continue;
            _kinds.Add(new KindReferences(kind, EquatableArray.Create(CollectionsMarshal.AsSpan(_uids))));
            _uids.Clear();
        }

        return _kinds;
    }
}
