using System.Diagnostics.CodeAnalysis;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Relations;
using MetaCollector.Testing.Oracle;
using MetaCollector.Tests.Grains.Histories;
using MetaCollector.Tests.Oracle;
using MetaCollector.Tests.Support;

namespace MetaCollector.Tests.Grains.Relations;

/// <summary>
/// Plays a history through <see cref="NamespaceRelations"/> alone and compares every node with the oracle after each batch. What is
/// virtual is there to be broken by the mutations.
/// </summary>
internal class RelationsHistory
{
    /// <summary>The verbs that count here; those that are listed more often come more often.</summary>
    public static readonly Verb[] Verbs =
    [
        Verb.Create, Verb.Create, Verb.Create, Verb.Create, Verb.Create, Verb.Delete, Verb.Label, Verb.GiveIp, Verb.Bind, Verb.Own, Verb.Own,
        Verb.Own, Verb.Select, Verb.Aim, Verb.Watch, Verb.Deliver, Verb.Deliver, Verb.Deliver, Verb.Deliver, Verb.Snapshot,
    ];

    private readonly Cluster _cluster = new(ResourceKinds.Standard.With(ResourceKind.EndpointSlice).Union(ResourceKinds.Extra));
    private readonly Dictionary<Uid, Resource> _known = [];
    private readonly NamespaceRelations _relations = new(Pools.Versions);
    private readonly Dictionary<string, Dictionary<Uid, Seen>> _before = ClusterStep.Nodes.ToDictionary(node => node, _ => new Dictionary<Uid, Seen>());

    public void Play(IReadOnlyList<ClusterStep> steps)
    {
        foreach (var step in steps) Play(step);
        Play(new ClusterStep(Verb.Deliver, 0, 0, 1));
    }

    protected virtual RelatedOracle Expect(IEnumerable<Resource> known, KindSet watched) => new(known, watched);

    protected virtual void Apply(NamespaceRelations relations, ResourceChange[] changes, KindSet watched, bool isSnapshot, List<NodeChange> told) =>
        relations.Apply(changes, watched, isSnapshot ? watched : default, told.Add);

    private void Play(ClusterStep step)
    {
        var told = new List<NodeChange>();
        switch (step.Verb)
        {
            case Verb.Deliver: Apply(_relations, _cluster.Deliver(step, _known), _cluster.Watched, false, told); break;
            case Verb.Snapshot: Apply(_relations, _cluster.Snapshot(step, _known), _cluster.Watched, true, told); break;
            default: _cluster.Play(step); return;
        }

        var oracle = Expect(_known.Values, _cluster.Watched);
        foreach (var node in ClusterStep.Nodes)
        {
            var slice = _relations.Slice(node).ToDictionary(resource => resource.Uid, resource => new Seen(resource));
            CheckSlice(node, slice, oracle.RelatedTo(node));
            CheckTold(node, _before[node], slice, told.Where(change => change.Node == node).Select(change => change.Key).ToHashSet());
            _before[node] = slice;
        }
    }

    private void CheckSlice(string node, Dictionary<Uid, Seen> slice, IReadOnlyDictionary<Uid, Expected> expected)
    {
        foreach (var (uid, wanted) in expected)
        {
            Require(slice.TryGetValue(uid, out var seen), $"{node} misses {wanted}");
            Require(seen!.All == wanted.ToString(), $"{node} holds {seen.All}\nin place of {wanted}");
        }

        foreach (var (uid, seen) in slice)
        {
            Require(expected.ContainsKey(uid), $"{node} holds too much: {seen.All}");
            Require(ReferenceEquals(_relations.Find(node, uid), seen.Resource), $"{node} does not find {seen.All}");
        }

        Require(_relations.IsEmpty(node) == (expected.Count == 0), $"{node} is said to be empty: {_relations.IsEmpty(node)}");
        Require(_relations.Nodes.Contains(node) == expected.Count > 0, $"the nodes are {string.Join(", ", _relations.Nodes)}");
    }

    private static void CheckTold(string node, Dictionary<Uid, Seen> before, Dictionary<Uid, Seen> after, HashSet<SliceKey> told)
    {
        foreach (var uid in before.Keys.Union(after.Keys))
        {
            var (was, now) = (before.GetValueOrDefault(uid), after.GetValueOrDefault(uid));
            var isToldWhole = told.Remove(new SliceKey(uid, ReferencesOnly: false));
            var isToldReferences = told.Remove(new SliceKey(uid, ReferencesOnly: true));
            var what = now?.All ?? was!.All;
            // What left with its last pod and came back with another in the same batch is told too: whoever holds it sees no change.
            if (was?.WithoutReferences != now?.WithoutReferences) Require(isToldWhole, $"{node} is not told of {what}");
            else if (was!.All != now!.All) Require(isToldReferences || isToldWhole, $"{node} is not told of the references of {what}");
            else Require(!isToldReferences, $"{node} is told without need of the references of {what}");
        }

        Require(told.Count == 0, $"{node} is told of {string.Join(", ", told)}, which it never had");
    }

    private static void Require([DoesNotReturnIf(false)] bool holds, string otherwise)
    {
        if (!holds) throw new PromiseBrokenException(otherwise);
    }

    private sealed class Seen(NodeResource resource)
    {
        public NodeResource Resource => resource;

        public string All { get; } = Expected.Of(resource).ToString();

        public string WithoutReferences { get; } = Expected.Of(resource.Resource, null).ToString();
    }
}
