using MetaCollector.Conversation.Receiving;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;
using MetaCollector.Grains.Relations;
using MetaCollector.Grains.Slices;
using MetaCollector.Testing.Oracle;
using MetaCollector.Tests.Grains.Histories;
using MetaCollector.Tests.Support;

namespace MetaCollector.Tests.Grains.Slices;

/// <summary>Whoever listens to a node at the end of the chain, and checks all that it is told.</summary>
internal sealed class Observer(string node, Truth truth, Rules rules)
{
    private NodeSlice _slice = new(Pools.Versions);
    private Position _furthest;

    public Position Position => _slice.Position;

    public NamespacePosition[] Held => Position.IsNone ? [] : [new NamespacePosition(Cluster.Namespace, _slice.Keeps ? Position.None : Position)];

    public IEnumerable<NodeResource> Content => _slice.All();

    public Receipt Receive(Batch<SliceChange> batch)
    {
        var before = _slice.All().ToDictionary(resource => resource.Uid);
        var changed = new List<ContentChange>();
        var receipt = _slice.Receive(rules.OnArrival(batch, Position), changed);
        truth.Check("the observer", Position, node, _slice.All());
        CheckKept(before);
        CheckGoesOn();
        CheckChanged(before, changed.ConvertAll(change => new SliceKey(change.Uid, change.IsOfReferences)));
        CheckNothingDangles();
        return receipt;
    }

    /// <summary>The node has handed over all that it holds, as it says.</summary>
    /// <param name="namespaces">What this observer is to hold.</param>
    /// <param name="node">What the node holds itself.</param>
    /// <returns>False where this observer is not as far.</returns>
    public bool Complete(NamespacePosition[] namespaces, Position node)
    {
        foreach (var (_, position) in namespaces)
            if (Position < position) return false;
        if (rules.DropsUnheld && node.IsNone) _slice = new NodeSlice(Pools.Versions);
        CheckGoesOn();
        return true;
    }

    /// <summary>What was true once and is replaced by something older, or by nothing, is a false Delete or Create.</summary>
    private void CheckGoesOn()
    {
        Truth.Require(Position >= _furthest, $"the observer of {node} was at {_furthest} and goes back to {Position}");
        _furthest = Position;
    }

    /// <summary>
    /// What cannot be read is not gone: nothing of it leaves while there are pods, nor what is found by way of it, as it was known last.
    /// </summary>
    private void CheckKept(Dictionary<Uid, NodeResource> before)
    {
        var forgotten = truth.ForgottenAt(Position);
        if (forgotten.IsEmpty) return;
        if (truth.HasPodsAt(Position, node))
        {
            foreach (var (_, resource) in before.Where(held => forgotten.Contains(held.Value.Kind) && _slice.Find(held.Key) is null))
                Truth.Require(false, $"{resource.Kind} {resource.Resource.Name} is deleted at {Position}, where nothing is known of {forgotten}");
        }

        var completed = truth.CompletedAt(Position);
        var isAsKnown = before.Values.Where(held => forgotten.Contains(held.Kind)).All(held => completed.Contains(held.Resource));
        if (!isAsKnown) return;
        var related = new RelatedOracle(completed, truth.WatchedAt(Position)).RelatedTo(node);
        foreach (var (uid, resource) in before.Where(held => _slice.Find(held.Key) is null))
            Truth.Require(!related.ContainsKey(uid), $"{resource.Kind} {resource.Resource.Name} is deleted at {Position}, where nothing is known of {forgotten}");
    }

    private void CheckChanged(Dictionary<Uid, NodeResource> before, List<SliceKey> changed)
    {
        Truth.Require(changed.Select(key => key.Uid).Distinct().Count() == changed.Count, "a change is reported twice");
        foreach (var uid in before.Keys.Union(_slice.All().Select(resource => resource.Uid)))
        {
            var (was, now) = (before.GetValueOrDefault(uid), _slice.Find(uid));
            var looksAsBefore = was is not null && now is not null && truth.TextOf(was) == truth.TextOf(now);
            Truth.Require(changed.Any(key => key.Uid == uid) != looksAsBefore, $"{uid} is {(looksAsBefore ? "" : "not ")}reported as changed");
            var isReferences = was is not null && now is not null && !looksAsBefore && was.Resource.LooksLike(now.Resource);
            Truth.Require(looksAsBefore || changed.Single(key => key.Uid == uid).ReferencesOnly == isReferences, $"{uid}: references only, or not");
        }
    }

    /// <summary>What a pod refers to is there, as far as it is ours.</summary>
    private void CheckNothingDangles()
    {
        if (!truth.ForgottenAt(Position).IsEmpty) return;
        foreach (var pod in _slice.All().Where(resource => resource.References is not null))
        {
            foreach (var (kind, uid) in pod.References!.Kinds.SelectMany(kind => kind.Uids.Select(uid => (kind.Kind, uid))))
            {
                var isThere = _slice.Find(uid) is not null;
                Truth.Require(isThere || !truth.IsReferenceToOurs(Position, kind, uid), $"{pod.Resource.Name} refers to {kind} {uid}, which is not there");
            }
        }
    }
}
