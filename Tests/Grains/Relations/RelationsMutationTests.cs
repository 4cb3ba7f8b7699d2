using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Relations;
using MetaCollector.Testing.Oracle;
using MetaCollector.Tests.Grains.Histories;
using Xunit;

namespace MetaCollector.Tests.Grains.Relations;

/// <summary>
/// Breaks one rule at a time, and sees it noticed: otherwise <see cref="RelationsPropertyTests"/> would prove nothing. A rule is broken
/// in what goes in or comes out of the relations, or in the oracle: the two must disagree.
/// </summary>
public sealed class RelationsMutationTests
{
    private const int Histories = 1000;

    private delegate void Applying(NamespaceRelations relations, ResourceChange[] changes, KindSet watched, bool isSnapshot, List<NodeChange> told);

    public static TheoryData<string> Mutations => [.. Mutants.Keys];

    private static Dictionary<string, Func<RelationsHistory>> Mutants { get; } = new()
    {
        ["the Delete for the last pod of an owner is not told"] = () => Told((relations, change) =>
            relations.Find(change.Node, change.Key.Uid) is null),
        ["a resource that becomes related is not told"] = () => Told((relations, change) =>
            relations.Find(change.Node, change.Key.Uid)?.Kind == ResourceKind.Deployment),
        ["a change of references is not told"] = () => Told((_, change) => change.Key.ReferencesOnly),
        ["a mark of references alone hides a change of labels"] = () => new Mutant((relations, changes, watched, isSnapshot, told) =>
        {
            relations.Apply(changes, watched, isSnapshot ? watched : default, told.Add);
            var pods = told.Where(change => relations.Find(change.Node, change.Key.Uid)?.References is not null).ToList();
            told.RemoveAll(pods.Contains);
            told.AddRange(pods.Select(change => change with { Key = change.Key with { ReferencesOnly = true } }));
        }),
        ["a snapshot does not remove"] = () => new Mutant((relations, changes, watched, _, told) => relations.Apply(changes, watched, default, told.Add)),
        ["a snapshot removes kinds that cannot be read"] = () => new Mutant((relations, changes, watched, isSnapshot, told) =>
        {
            if (isSnapshot) relations.Apply(changes, watched, ResourceKinds.Standard.Union(ResourceKinds.Extra), _ => { });
            relations.Apply(changes, watched, isSnapshot ? watched : default, told.Add);
        }),
        ["a service keeps its selector"] = () => new KeepsSelectors(),
        ["the uid of a targetRef is ignored"] = () => Input(resource => resource is EndpointSlice slice
            ? slice with { Targets = [.. slice.Targets.Select(target => target with { Uid = default })] } : resource),
        ["the name of a targetRef without uid is ignored"] = () => Input(resource => resource is EndpointSlice slice
            ? slice with { Targets = [.. slice.Targets.Where(target => !target.Uid.IsEmpty)] } : resource),
        ["a changed owner is not noticed"] = () => new KeepsOwners(),
        ["owners are matched by uid alone"] = () => new Mutant(oracle: (known, watched) => new ByUidAlone(known, watched)),
        ["owners are matched by a prefix of the name"] = () => new Mutant(oracle: (known, watched) => new ByPrefix(known, watched)),
        ["owners of foreign groups are taken for ours"] = () => new Mutant(oracle: (known, watched) => new AnyGroup(known, watched)),
        ["references to unknown owners are kept"] = () => new Mutant(oracle: (known, watched) => new KeepsReferences(known, watched)),
        ["references to kinds that are not watched are left out"] = () => new Mutant(oracle: (known, watched) => new KnownOnly(known, watched)),
        ["one label of a selector is enough"] = () => new Mutant(oracle: (known, watched) => new AnyLabel(known, watched)),
        ["a service without selector serves every pod"] = () => new Mutant(oracle: (known, watched) => new ServesAll(known, watched)),
        ["a service with a selector serves by its EndpointSlices too"] = () => new Mutant(oracle: (known, watched) => new SlicesToo(known, watched)),
    };

    [Theory]
    [MemberData(nameof(Mutations))]
    public void Property_BrokenRule_Notices(string mutation) =>
        Assert.True(HistorySearch.IsCaught(steps => Mutants[mutation]().Play(steps), Histories, RelationsHistory.Verbs));

    [Fact]
    public void Property_NoBrokenRule_NoticesNothing() =>
        Assert.False(HistorySearch.IsCaught(steps => new Mutant().Play(steps), Histories / 10, RelationsHistory.Verbs));

    private static Mutant Told(Func<NamespaceRelations, NodeChange, bool> isDropped) => new((relations, changes, watched, isSnapshot, told) =>
    {
        relations.Apply(changes, watched, isSnapshot ? watched : default, told.Add);
        told.RemoveAll(change => isDropped(relations, change));
    });

    private static Mutant Input(Func<Resource, Resource> rewrite) => new((relations, changes, watched, isSnapshot, told) => relations.Apply(
        [.. changes.Select(change => change with { Resource = change.Resource is { } resource ? rewrite(resource) : null })], watched, isSnapshot ? watched : default, told.Add));

    private sealed class Mutant(Applying? apply = null, Func<IEnumerable<Resource>, KindSet, RelatedOracle>? oracle = null) : RelationsHistory
    {
        protected override RelatedOracle Expect(IEnumerable<Resource> known, KindSet watched) =>
            oracle is null ? base.Expect(known, watched) : oracle(known, watched);

        protected override void Apply(NamespaceRelations relations, ResourceChange[] changes, KindSet watched, bool isSnapshot, List<NodeChange> told)
        {
            if (apply is null) base.Apply(relations, changes, watched, isSnapshot, told);
            else apply(relations, changes, watched, isSnapshot, told);
        }
    }

    /// <summary>Shows the relations each object with something that it had at first.</summary>
    private abstract class Keeps : RelationsHistory
    {
        private readonly Dictionary<Uid, Resource> _first = [];

        protected abstract Resource Keep(Resource first, Resource now);

        protected override void Apply(NamespaceRelations relations, ResourceChange[] changes, KindSet watched, bool isSnapshot, List<NodeChange> told)
        {
            foreach (var change in changes)
                if (change.Resource is { } resource) _first.TryAdd(change.Uid, resource);
            base.Apply(
                relations, [.. changes.Select(change => change with { Resource = change.Resource is { } now ? Keep(_first[change.Uid], now) : null })],
                watched, isSnapshot, told);
        }
    }

    private sealed class KeepsSelectors : Keeps
    {
        protected override Resource Keep(Resource first, Resource now) =>
            now is Service service ? service with { Selector = ((Service)first).Selector } : now;
    }

    private sealed class KeepsOwners : Keeps
    {
        protected override Resource Keep(Resource first, Resource now) =>
            now.Kind == ResourceKind.ReplicaSet ? now with { Controller = first.Controller } : now;
    }

    private sealed class ByUidAlone(IEnumerable<Resource> known, KindSet watched) : RelatedOracle(known, watched)
    {
        protected override bool IsOwner(Owner owner, Resource owned, Resource other) => other.Uid == owner.Uid;
    }

    private sealed class ByPrefix(IEnumerable<Resource> known, KindSet watched) : RelatedOracle(known, watched)
    {
        protected override bool IsOwner(Owner owner, Resource owned, Resource other) =>
            All.FirstOrDefault(named => named.Uid == owner.Uid) is { } meant && other.Kind == meant.Kind
            && other.Name.StartsWith(meant.Name, StringComparison.Ordinal);
    }

    private sealed class AnyGroup(IEnumerable<Resource> known, KindSet watched) : RelatedOracle(known, watched)
    {
        protected override bool IsOwner(Owner owner, Resource owned, Resource other) =>
            other.Uid == owner.Uid && ResourceKinds.NameOf(other.Kind) == owner.Kind;
    }

    private sealed class KeepsReferences(IEnumerable<Resource> known, KindSet watched) : RelatedOracle(known, watched)
    {
        protected override bool RefersTo(Owner owner, Resource? known) => true;
    }

    private sealed class KnownOnly(IEnumerable<Resource> known, KindSet watched) : RelatedOracle(known, watched)
    {
        protected override bool RefersTo(Owner owner, Resource? known) => known is not null;
    }

    private sealed class AnyLabel(IEnumerable<Resource> known, KindSet watched) : RelatedOracle(known, watched)
    {
        protected override bool Selects(Service service, Pod pod) => service.Selector.Any(wanted => pod.Labels.Contains(wanted));
    }

    private sealed class ServesAll(IEnumerable<Resource> known, KindSet watched) : RelatedOracle(known, watched)
    {
        protected override bool IsNamed(Service service, Pod pod) => true;
    }

    private sealed class SlicesToo(IEnumerable<Resource> known, KindSet watched) : RelatedOracle(known, watched)
    {
        protected override bool Serves(Service service, Pod pod) => base.Serves(service, pod) || IsNamed(service, pod);
    }
}
