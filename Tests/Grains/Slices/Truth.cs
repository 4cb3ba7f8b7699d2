using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;
using MetaCollector.Testing.Oracle;
using MetaCollector.Tests.Oracle;

namespace MetaCollector.Tests.Grains.Slices;

/// <summary>What is true at each position that was ever minted: whoever claims a position is held to it.</summary>
internal sealed class Truth
{
    private readonly Dictionary<Position, (RelatedOracle Oracle, Resource[] Store, KindSet Watched, KindSet Forgotten)> _minted = [];
    private readonly Dictionary<Position, Resource[]> _completed = [];
    private readonly List<Resource> _lastKnown = [];
    private readonly Dictionary<(Position, string), IReadOnlyDictionary<Uid, string>> _slices = [];
    private readonly ConditionalWeakTable<NodeResource, string> _texts = [];

    /// <summary>The kinds of which somebody has ever known something.</summary>
    public KindSet Known { get; private set; }

    public void Add(Position position, IEnumerable<Resource> store, KindSet watched, KindSet unknown)
    {
        var all = store.ToArray();
        _minted[position] = (new RelatedOracle(all, watched), all, watched, unknown.Intersect(Known));
        Known = Known.Union(KindSet.All.Except(unknown));
        _lastKnown.RemoveAll(resource => !unknown.Contains(resource.Kind));
        _lastKnown.AddRange(all.Where(resource => !unknown.Contains(resource.Kind)));
        if (!ForgottenAt(position).IsEmpty) _completed[position] = [.. _lastKnown];
    }

    /// <summary>
    /// What there is at a position, with the objects of kinds of which its leader knew nothing as the leaders before it knew them last.
    /// </summary>
    public IReadOnlyList<Resource> CompletedAt(Position position) => _completed[position];

    /// <summary>The kinds of which the leader that minted a position knew nothing, though something was known of them before.</summary>
    public KindSet ForgottenAt(Position position) => position.IsNone ? default : _minted[position].Forgotten;

    /// <summary>Whether a reference is to something that was there, and not to something foreign that is only called so.</summary>
    public bool IsReferenceToOurs(Position position, string kind, Uid uid)
    {
        var store = _minted[position].Store;
        return store.Any(resource => resource.Uid == uid && resource.Kind != ResourceKind.EndpointSlice && ResourceKinds.NameOf(resource.Kind) == kind)
            && !store.Any(resource => resource.Controller is { KnownKind: null } owner && owner.Uid == uid);
    }

    /// <summary>The kinds that could be read when the position was minted.</summary>
    public KindSet WatchedAt(Position position) => _minted[position].Watched;

    /// <summary>Requires that <paramref name="content"/> is what is related to a node at a position.</summary>
    public void Check(string who, Position claimed, string node, IEnumerable<NodeResource> content)
    {
        // Each knows as much of a kind that is refused as it was last told: nobody is held to more than to keep that.
        if (!ForgottenAt(claimed).IsEmpty) return;
        var expected = SliceAt(claimed, node);
        var held = content.ToDictionary(resource => resource.Uid, TextOf);
        foreach (var (uid, text) in expected)
        {
            Require(held.TryGetValue(uid, out var seen), $"{who} of {node} claims {claimed} and misses {text}");
            Require(seen == text, $"{who} of {node} claims {claimed} and holds {seen}\nin place of {text}");
        }

        foreach (var (uid, text) in held) Require(expected.ContainsKey(uid), $"{who} of {node} claims {claimed} and holds too much: {text}");
    }

    /// <summary>All that a subscriber is told of a version.</summary>
    public string TextOf(NodeResource resource) => _texts.GetValue(resource, version => Expected.Of(version).ToString());

    /// <summary>Whether there were pods on a node at a position.</summary>
    public bool HasPodsAt(Position position, string node) => _minted[position].Store.Any(resource => resource is Pod pod && pod.Node == node);

    public static void Require([DoesNotReturnIf(false)] bool holds, string otherwise)
    {
        if (!holds) throw new PromiseBrokenException(otherwise);
    }

    private IReadOnlyDictionary<Uid, string> SliceAt(Position position, string node)
    {
        if (position.IsNone) return new Dictionary<Uid, string>();
        if (_slices.TryGetValue((position, node), out var slice)) return slice;
        return _slices[(position, node)] = _minted[position].Oracle.RelatedTo(node).ToDictionary(related => related.Key, related => related.Value.ToString());
    }
}
