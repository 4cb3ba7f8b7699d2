using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;
using MetaCollector.Informer.Feeding;
using MetaCollector.Informer.Storing;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Informer.Feeding;

/// <summary>What one term feeds, and when it forgets.</summary>
public sealed class NamespaceFeedsTests
{
    private readonly FedNamespaces _fed = new();
    private readonly ClusterContent _content = new();
    private readonly ContentChanges _changes = new();
    private readonly ReadKinds _kinds = new(KindSet.Of(ResourceKind.Pod, ResourceKind.Service));
    private readonly TaskCompletionSource _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private readonly LeaderTerm _term;
    private readonly NamespaceFeeds _feeds;

    public NamespaceFeedsTests()
    {
        _term = LeaderTerms.Of(1, FeedAsync);
        _feeds = new NamespaceFeeds(_term, _content, _kinds, _lock);
        _kinds.List(ResourceKind.Pod);
        _kinds.Refuse(ResourceKind.Service);
    }

    [Fact]
    public async Task Namespace_GoneWhileItsSnapshotIsUnderWay_IsToldSoAndThenForgotten()
    {
        Locked(() => _content.Set(Of(ResourceKind.Pod), _changes));
        Locked(() => _feeds.Begin(_content.Namespaces));
        await Eventually.HoldsAsync(() => _fed.Snapshots == 1, "the snapshot has arrived");
        Locked(() => _content.Remove(Of(ResourceKind.Pod), _changes));
        _answer.SetResult();

        await Eventually.HoldsAsync(() => Locked(() => _feeds.Namespaces.Count) == 0, "the feed is forgotten");
        Assert.Empty(_fed.Everything());
        var verdict = Locked(() => _feeds.VerifyNamespace("shop", _fed.PositionOf("shop")));
        Assert.False(verdict.IsCurrent);
        Assert.True(verdict.GoneAsOf > _fed.PositionOf("shop"));
    }

    [Fact]
    public async Task Kind_BeingListedForTheFirstTime_IsToldOnceItIsListed()
    {
        _answer.SetResult();
        Locked(() => _feeds.Begin([]));
        await _term.Synced;
        Locked(() => _content.Set(Of(ResourceKind.Service), _changes));
        Locked(() => _content.Set(Of(ResourceKind.Pod), _changes));
        await Eventually.HoldsAsync(() => _fed.Find(ResourceKind.Pod, "web") is not null, "the pod is told");
        Assert.Null(_fed.Find(ResourceKind.Service, "web"));

        Locked(() =>
        {
            _kinds.List(ResourceKind.Service);
            _feeds.KindsChanged();
        });
        await Eventually.HoldsAsync(() => _fed.Find(ResourceKind.Service, "web") is not null, "the service is told");
        Assert.Empty(_fed.OfUnknownKinds);
    }

    private async Task<Receipt> FeedAsync(Batch<ResourceChange> batch, KindSet watched)
    {
        var receipt = await _fed.FeedAsync(batch, watched);
        await _answer.Task;
        return receipt;
    }

    private void Locked(Action step) => Locked(() =>
    {
        step();
        return true;
    });

    // As the store does it: what a step changes in a term is marked at once.
    private T Locked<T>(Func<T> step)
    {
        lock (_lock)
        {
            var result = step();
            foreach (var resource in _feeds.IsFeeding ? _changes.Objects : []) _feeds.Mark(resource, arrivedAt: 0);
            _changes.Objects.Clear();
            return result;
        }
    }

    private static Resource Of(ResourceKind kind)
    {
        var uid = Uid.Parse($"{kind}");
        return kind == ResourceKind.Pod
            ? new Pod { Kind = kind, Uid = uid, Namespace = "shop", Name = "web", Node = "node-a" }
            : new Service { Kind = kind, Uid = uid, Namespace = "shop", Name = "web" };
    }
}
