using MetaCollector.Grains.Interfaces.Leadership;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;
using MetaCollector.Informer.Feeding;
using MetaCollector.Informer.Storing;
using MetaCollector.Tests.Informer.Feeding;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MetaCollector.Tests.Informer.Storing;

/// <summary>Takes the steps of a history with the store and with a plain model, and compares.</summary>
internal sealed class StoreHistory
{
    private static readonly ResourceKind[] Kinds = StoreHistoryTests.Kinds;

    private readonly FakeTimeProvider _clock = new();
    private readonly FedNamespaces _fed = new();
    private readonly ResourceStore _store;
    private readonly Dictionary<Uid, Resource> _model = [];
    // Owners that were deleted, as they were last known, for as long as a pod names them in its chain of owners.
    private readonly Dictionary<Uid, Resource> _departed = [];
    private readonly HashSet<ResourceKind> _listed = [];
    private readonly HashSet<ResourceKind> _unknown = [];
    private LeaderTerm? _term;
    private bool _feeds;
    private int _losesBatches;
    private int _losesReceipts;

    public StoreHistory()
    {
        _store = new ResourceStore(KindSet.Of(Kinds), _clock);
        _fed.Interfere = _ =>
            Interlocked.Decrement(ref _losesBatches) >= 0 ? throw new TimeoutException("the batch was lost") : null;
        _fed.LosesReceipt = () => Interlocked.Decrement(ref _losesReceipts) >= 0;
    }

    private bool IsSettled => Kinds.All(kind => _listed.Contains(kind) || (_unknown.Contains(kind) && !ReadKinds.Essential.Contains(kind)));

    private IEnumerable<Resource> Content => _model.Values.Concat(_departed.Values);

    public void Run(StoreStep[] steps)
    {
        foreach (var step in steps)
        {
            var before = Positions();
            var content = Content.ToHashSet();
            var (wasFeeding, wasListed) = (_feeds, _store.Listed);
            var isSaid = Do(step);
            _feeds = _term is not null && (_feeds || IsSettled);
            content.SymmetricExceptWith(Content);
            var after = Positions();
            if (isSaid && wasFeeding) CheckMarks(before, after, [.. content.Select(resource => resource.Namespace)]);
            // Another set of kinds means another snapshot for everyone.
            if (wasFeeding && _store.Listed != wasListed) CheckMarks(before, after, [.. before.Keys, .. after.Keys]);
        }

        // A grain that was lost asks, as does one that was told nothing in this term.
        foreach (var kind in Kinds.Where(kind => !_listed.Contains(kind))) Do(new Relist(kind, []));
        if (_term is null) Do(new NewTerm());
        _feeds = true;
        Drain();
        foreach (var name in StoreHistoryTests.Namespaces) _store.VerifyNamespace(name, _fed.PositionOf(name));
        Drain();
        CheckContent();
        Assert.True(_term!.Synced.IsCompletedSuccessfully, "the term is not in sync");
        _store.EndTerm();
    }

    // Whether exactly those namespaces have moved whose content has changed; false where that is not said.
    private bool Do(StoreStep step)
    {
        switch (step)
        {
            // Readers bring changes of a kind only once it is listed.
            case Set(var resource) when _listed.Contains(resource.Kind):
                var isNew = !_model.TryGetValue(resource.Uid, out var held) || !held.Equals(resource);
                var isBack = _departed.TryGetValue(resource.Uid, out var departed) && departed.Equals(resource);
                Put(resource);
                Assert.Equal(isNew && !isBack, _store.Set(resource));
                Forget();
                return true;
            case Remove(var resource) when _listed.Contains(resource.Kind):
                var isKnown = Delete(resource.Uid);
                Assert.Equal(isKnown, _store.Remove(resource));
                Forget();
                return true;
            case Relist(var kind, var listed):
                return Replace(kind, [.. listed.Where(resource => resource.Kind == kind).DistinctBy(resource => resource.Uid)]);
            case RelistSame(var kind):
                return Replace(kind, [.. _model.Values.Where(resource => resource.Kind == kind)]);
            case Unknown(var kind):
                var was = _listed.Remove(kind);
                _unknown.Add(kind);
                _store.SetUnknown(kind);
                return !was;
            case LoseGrain(var name):
                _fed.Lose(name);
                if (_feeds) _store.VerifyNamespace(name, Position.None);
                return false;
            case NewTerm:
                _term = LeaderTerms.Of((_term?.Number ?? 0) + 1, _fed.FeedAsync, _clock);
                _feeds = false;
                _store.BeginTerm(_term);
                return false;
            case LoseBatches(var times):
                Volatile.Write(ref _losesBatches, times);
                return true;
            case LoseReceipts(var times):
                Volatile.Write(ref _losesReceipts, times);
                return true;
            case Settle:
                Drain();
                return true;
            default:
                return true;
        }
    }

    private bool Replace(ResourceKind kind, Resource[] listed)
    {
        var next = listed.Select(resource => resource.Uid).ToHashSet();
        foreach (var gone in _model.Values.Where(held => held.Kind == kind && !next.Contains(held.Uid)).ToList()) Delete(gone.Uid);
        foreach (var resource in listed) Put(resource);
        Forget();
        var isFirst = _listed.Add(kind);
        _unknown.Remove(kind);
        _store.Replace(kind, listed);
        return !isFirst;
    }

    private void Put(Resource resource)
    {
        _departed.Remove(resource.Uid);
        _model[resource.Uid] = resource;
    }

    private bool Delete(Uid uid)
    {
        if (!_model.Remove(uid, out var resource)) return false;
        if (resource.Kind is ResourceKind.ReplicaSet or ResourceKind.Deployment) _departed[uid] = resource;
        return true;
    }

    // Departed owners that no pod names, by whatever others there are between them.
    private void Forget()
    {
        var named = new HashSet<Uid>();
        foreach (var pod in _model.Values.OfType<Pod>())
        {
            for (var owner = pod.Controller; owner is not null; owner = (_model.GetValueOrDefault(owner.Uid) ?? _departed.GetValueOrDefault(owner.Uid))?.Controller)
                named.Add(owner.Uid);
        }

        foreach (var uid in _departed.Keys.Except(named).ToList()) _departed.Remove(uid);
    }

    // The leader answers only once it feeds; before that, nobody sees a position.
    private Dictionary<string, Position> Positions()
    {
        if (_feeds)
        {
            return StoreHistoryTests.Namespaces.Select(name => (Name: name, Position: _store.GetPosition(name)))
                .Where(one => !one.Position.IsNone).ToDictionary(one => one.Name, one => one.Position);
        }

        Assert.All(StoreHistoryTests.Namespaces, name => Assert.Throws<NotLeadingException>(() => _store.GetPosition(name)));
        return [];
    }

    private static void CheckMarks(
        IReadOnlyDictionary<string, Position> before, IReadOnlyDictionary<string, Position> after, HashSet<string> changed)
    {
        foreach (var (name, position) in after)
        {
            var moved = !before.TryGetValue(name, out var was) || position > was;
            Assert.Equal(changed.Contains(name), moved);
            Assert.True(was <= position, "a position fell");
        }
    }

    private void Drain()
    {
        if (!_feeds) return;
        var drained = SpinWait.SpinUntil(
            () =>
            {
                _clock.Advance(TimeSpan.FromSeconds(10));
                return _store.Pending == 0;
            },
            TimeSpan.FromSeconds(30));
        Assert.True(drained, "something stays due");
    }

    private void CheckContent()
    {
        Assert.Empty(_fed.OfUnknownKinds);
        Assert.Equal(
            Content.OrderBy(resource => resource.Uid).Select(resource => resource.ToString()),
            _fed.Everything().Values.OrderBy(resource => resource.Uid).Select(resource => resource.ToString()));
        foreach (var node in new[] { "node-1", "node-2", "node-3" })
        {
            Assert.Equal(
                _model.Values.OfType<Pod>().Where(pod => pod.Node == node).Select(pod => pod.Namespace).Distinct().Order(),
                _store.GetNode(node).Namespaces.Select(one => one.Namespace).Order());
        }

        string[] addresses = [.. Enumerable.Range(0, 4).SelectMany(i => (string[])[$"10.1.0.{i}", $"10.0.0.{i}"])];
        Assert.Equal(
            addresses.Select(address => string.Join(' ', _model.Values.OfType<Pod>()
                .Where(pod => pod.Node.Length > 0 && pod.Addresses.Contains(address)).Select(pod => pod.Node).Distinct().Order())),
            _store.FindNodes(addresses).Select(nodes => string.Join(' ', nodes.Order())));
        foreach (var kind in Kinds) Assert.Equal(Content.Count(held => held.Kind == kind), _store.CountOf(kind));
    }
}
