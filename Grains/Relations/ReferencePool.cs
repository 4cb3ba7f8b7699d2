using System.Runtime.InteropServices;
using MetaCollector.Grains.Interfaces.Model;

namespace MetaCollector.Grains.Relations;

/// <summary>Makes <see cref="References"/>, and the same instance for pods that refer to the same.</summary>
internal sealed class ReferencePool
{
    private const int SmallestLimit = 256;

    private readonly HashSet<References> _pool = [];
    private int _limit = SmallestLimit;

    /// <summary>The references of these pairs, which are sorted in place; a pair given twice counts once.</summary>
    /// <param name="pairs">Kind and uid, in any order; an empty uid stands for a kind that is there without any.</param>
    public References Make(List<(string Kind, Uid Uid)> pairs)
    {
        pairs.Sort(static (left, right) =>
        {
            var order = string.CompareOrdinal(left.Kind, right.Kind);
            return order != 0 ? order : left.Uid.CompareTo(right.Uid);
        });
        var made = new References { Kinds = EquatableArray.Create(CollectionsMarshal.AsSpan(Group(pairs))) };
        if (_pool.TryGetValue(made, out var known)) return known;
        if (_pool.Count >= _limit)
        {
            // What is still in use comes back with its next pod; what is not is let go.
            _pool.Clear();
            _limit = Math.Max(SmallestLimit, _limit * 2);
        }

        _pool.Add(made);
        return made;
    }

    private static List<KindReferences> Group(List<(string Kind, Uid Uid)> pairs)
    {
        var kinds = new List<KindReferences>(4);
        var uids = new List<Uid>(4);
        for (var i = 0; i < pairs.Count; i++)
        {
            var (kind, uid) = pairs[i];
            if (!uid.IsEmpty && (uids.Count == 0 || uids[^1] != uid)) uids.Add(uid);
            if (i + 1 < pairs.Count && pairs[i + 1].Kind == kind) continue;
            kinds.Add(new KindReferences(kind, EquatableArray.Create(CollectionsMarshal.AsSpan(uids))));
            uids.Clear();
        }

        return kinds;
    }
}
