using System.Diagnostics.Metrics;
using MetaCollector.Conversation.Sharing;
using MetaCollector.Gateway.Diagnostics;
using MetaCollector.Gateway.Nodes;
using MetaCollector.Gateway.Rendering;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;
using MetaCollector.Testing.Oracle;
using MetaCollector.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace MetaCollector.Tests.Gateway.Nodes;

/// <summary>A node as a gateway sees it, when something goes wrong.</summary>
public sealed class NodeViewTests : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly FaultsSeen _faults = new();
    private readonly NodeView _view;

    public NodeViewTests() => _view = new NodeView(
        "node-a", new VersionPool(), new GatewayMetrics(_services.GetRequiredService<IMeterFactory>()), _faults.Faults, TimeProvider.System, NullLogger.Instance);

    public void Dispose() => _services.Dispose();

    [Fact]
    public async Task Receive_ContentThatCannotBeApplied_IsNotAccepted_AndTheStreamComparesEverythingAgain()
    {
        var (pod, gone) = (Objects.Pod("web-1").On("node-a"), Objects.Pod("web-2").On("node-a"));
        var stream = _view.Attach(ResourceKinds.Standard);
        await _view.ReceiveAsync([Batch(0, 1, isSnapshot: true, Of(pod), Of(gone))]);
        await _view.ReceiveAsync([], [new NamespacePosition("default", At(1))]);
        Assert.Equal([EventReason.Create, EventReason.Create], Drain(stream));

        var poison = new SliceChange(Uid.Parse("poison"), new NodeResource(null!, null), null);
        await Assert.ThrowsAnyAsync<Exception>(() => _view.ReceiveAsync([Batch(1, 2, isSnapshot: false, Of(pod.WithIp("10.0.0.1")), poison)]));

        Assert.Equal([EventReason.Update], Drain(stream));
        Assert.Contains("about node node-a, namespace default", Assert.Single(_faults.Logged).Text, StringComparison.Ordinal);
        Assert.Equal(Verdict.SnapshotNeeded, (await _view.ReceiveAsync([Batch(2, 3, isSnapshot: false)])).Batches[0].Verdict);
        Assert.Equal(new Receipt(Verdict.Accepted, At(3)), (await _view.ReceiveAsync([Batch(0, 3, isSnapshot: true, Of(pod.WithIp("10.0.0.1")))])).Batches[0]);
        Assert.Equal([EventReason.Delete], Drain(stream));
    }

    [Fact]
    public async Task Stuck_StreamThatHasNotBegun_IsShownUntilItBegins()
    {
        _view.Attach(ResourceKinds.Standard);
        Assert.Empty(_view.Stuck(TimeSpan.FromMinutes(1)));
        Assert.False(Assert.Single(_view.Stuck(TimeSpan.Zero)).HasStarted);
        await _view.ReceiveAsync([], []);
        Assert.Empty(_view.Stuck(TimeSpan.Zero));
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task Receive_PodThatGoesWithItsNamespaceWhileItsOwnerCannotBeKnown_LeavesNothing_InWhateverOrder(bool podFirst, bool isSnapshot)
    {
        var (pod, space) = (Objects.Pod("web-1").On("node-a"), Objects.Namespace("default"));
        var owned = Of(pod, new KindReferences("Namespace", [space.Uid]), new KindReferences("ReplicaSet", [Objects.Service("web").Uid]));
        SliceChange[] both = podFirst ? [owned, Of(space)] : [Of(space), owned];
        await _view.ReceiveAsync([Batch(0, 1, isSnapshot: true, both) with { Unknown = KindSet.Of(ResourceKind.ReplicaSet) }]);

        var gone = isSnapshot ? [] : Array.ConvertAll(both, change => new SliceChange(change.Uid, null, null));
        var receipts = await _view.ReceiveAsync([Batch(1, 2, isSnapshot, gone) with { Unknown = KindSet.Of(ResourceKind.ReplicaSet) }]);

        Assert.Equal(Verdict.Accepted, receipts.Batches[0].Verdict);
        Assert.Empty(_view.Resources);
        Assert.Equal([new NamespacePosition("default", At(2))], _view.Positions());
    }

    [Fact]
    public async Task Receive_SnapshotOfANodeThatKnowsNothingOfServices_KeepsTheServiceAndWhoItServes_AndAsksForMore()
    {
        var (pod, service) = (Objects.Pod("web-1").On("node-a"), Objects.Service("web"));
        var served = Of(pod, new KindReferences("Service", [service.Uid]));
        await _view.ReceiveAsync([Batch(0, 1, isSnapshot: true, served, Of(service))]);

        var silent = Batch(0, 2, isSnapshot: true, Of(pod.WithIp("10.0.0.1"), new KindReferences("Service", []))) with { Unknown = KindSet.Of(ResourceKind.Service) };
        Assert.Equal(Verdict.Accepted, (await _view.ReceiveAsync([silent])).Batches[0].Verdict);

        Assert.Equal(2, _view.Resources.Count);
        Assert.Equal("10.0.0.1", ((Pod)_view.Resources.Find(pod.Uid)!.Resource).Ip);
        Assert.True(_view.Resources.Find(pod.Uid)!.References!.Contains(service.Uid));
        Assert.Equal([new NamespacePosition("default", Position.None)], _view.Positions());
        Assert.Equal(Verdict.SnapshotNeeded, (await _view.ReceiveAsync([Batch(2, 3, isSnapshot: false)])).Batches[0].Verdict);
        await _view.ReceiveAsync([Batch(0, 3, isSnapshot: true, Of(pod, new KindReferences("Service", [])))]);
        Assert.Equal([pod.Uid], _view.Resources.Select(resource => resource.Uid));
        Assert.Equal([new NamespacePosition("default", At(3))], _view.Positions());
    }

    [Fact]
    public async Task Complete_OfPositionsThatAreNotHeld_BeginsNoStream()
    {
        var stream = _view.Attach(ResourceKinds.Standard);
        await _view.ReceiveAsync([Batch(0, 1, isSnapshot: true, Of(Objects.Pod("web-1").On("node-a")))]);

        Assert.False((await _view.ReceiveAsync([], [new NamespacePosition("default", At(2))])).IsComplete);
        Assert.False((await _view.ReceiveAsync([], [new NamespacePosition("default", At(1)), new NamespacePosition("shop", At(1))])).IsComplete);
        Assert.Empty(Drain(stream));
        Assert.True((await _view.ReceiveAsync([], [new NamespacePosition("default", At(1))])).IsComplete);
        Assert.Equal([EventReason.Create], Drain(stream));
    }

    private static List<EventReason> Drain(NodeStream stream)
    {
        var reasons = new List<EventReason>();
        while (stream.TryNext(out var next)) reasons.Add(next.Reason);
        return reasons;
    }

    private static SliceChange Of(Resource resource, params KindReferences[] references) =>
        new(resource.Uid, new NodeResource(resource, resource is Pod ? new References { Kinds = [.. references] } : null), null);

    private static Batch<SliceChange> Batch(long previous, long number, bool isSnapshot, params SliceChange[] changes) => new()
    {
        Namespace = "default", Previous = At(previous), Position = At(number), IsSnapshot = isSnapshot, Changes = changes,
    };

    private static Position At(long number) => number == 0 ? Position.None : new Position(1, number);
}
