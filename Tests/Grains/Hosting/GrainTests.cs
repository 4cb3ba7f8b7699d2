using MetaCollector.Grains.Interfaces;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;
using MetaCollector.Tests.Support;
using Orleans.Core.Internal;
using Xunit;

namespace MetaCollector.Tests.Grains.Hosting;

/// <summary>The grains on two real silos: feeding, subscribing, losing an activation, fencing.</summary>
[Collection<SiloCollection>]
public sealed class GrainTests(SiloFixture silo)
{
    private readonly string _scope = $"ns-{Guid.NewGuid():N}";
    private readonly string _node = $"node-{Guid.NewGuid():N}";

    [Fact]
    public async Task Subscriber_OfANodeWithPods_GetsThemAndThenCompleteness()
    {
        var (space, pod) = (Space(), PodOn(_node, "web-1"));
        await silo.Leader.SetAsync(_scope, space, pod);

        var observer = await SubscribeAsync();

        await observer.UntilAsync(o => o.Completions == 1, "complete");
        Assert.True(observer.Holds(space));
        Assert.True(observer.Holds(pod));
    }

    [Fact]
    public async Task Subscriber_OfANodeWithPodsOfManyNamespaces_GetsAllInOneMessage()
    {
        const int Namespaces = 5;
        for (var i = 0; i < Namespaces; i++)
        {
            var name = $"{_scope}-{i}";
            await silo.Leader.SetAsync(name, Space(name), PodOn(_node, "web-1", name));
        }

        var node = silo.Grains.GetGrain<INodeGrain>(_node);
        await Eventually.HoldsAsync(async () => (await node.InspectAsync()).Slices.Sum(slice => slice.Count) >= 2 * Namespaces, "the node is told");
        var observer = await SubscribeAsync();

        await observer.UntilAsync(o => o.Completions == 1, "complete");
        Assert.Equal(2 * Namespaces, observer.Content().Count);
        Assert.Equal(1, observer.Messages);
    }

    [Fact]
    public async Task Subscriber_OfANodeWithoutPods_IsCompleteWithNothing()
    {
        var observer = await SubscribeAsync();

        await observer.UntilAsync(o => o.Completions == 1, "complete");
        Assert.Empty(observer.Content());
    }

    [Fact]
    public async Task Pod_Deleted_LeavesTheSubscriber_WithItsNamespace()
    {
        await silo.Leader.SetAsync(_scope, Space(), PodOn(_node, "web-1"));
        var observer = await SubscribeAsync();
        await observer.UntilAsync(o => o.Content().Count == 2, "pod and namespace");

        await silo.Leader.SetAsync(_scope, Space());

        await observer.UntilAsync(o => o.Content().Count == 0, "nothing");
    }

    [Fact]
    public async Task NodeGrain_Lost_ComesBackWithEverything_AndTheSubscriberLosesNothingMeanwhile()
    {
        var pod = PodOn(_node, "web-1");
        await silo.Leader.SetAsync(_scope, Space(), pod);
        var observer = await SubscribeAsync();
        await observer.UntilAsync(o => o.Completions == 1, "complete");

        await DeactivateAsync(silo.Grains.GetGrain<INodeGrain>(_node));
        await observer.UntilAsync(o => o.Ends == 1, "it is asked to renew");
        await SubscribeAsync(observer);
        await silo.Leader.SetAsync(_scope, Space(), pod with { Ip = "10.0.0.1" });

        await observer.UntilAsync(o => o.Holds(pod with { Ip = "10.0.0.1" }), "the address");
        Assert.Equal(2, observer.Content().Count);
    }

    [Fact]
    public async Task NodeGrain_LostAndNothingChanges_IsToldWhatItLacks()
    {
        await silo.Leader.SetAsync(_scope, Space(), PodOn(_node, "web-1"));
        var observer = await SubscribeAsync();
        await observer.UntilAsync(o => o.Completions == 1, "complete");

        var node = silo.Grains.GetGrain<INodeGrain>(_node);
        await DeactivateAsync(node);
        await Eventually.HoldsAsync(async () => await node.InspectAsync() is { IsComplete: true } held && held.Slices.Sum(slice => slice.Count) == 2, "it holds what it held");
    }

    [Fact]
    public async Task NodeGrain_NamespaceGone_KeepsNoSliceOfIt()
    {
        var (node, other) = (silo.Grains.GetGrain<INodeGrain>(_node), $"{_scope}-2");
        await silo.Leader.SetAsync(_scope, Space(), PodOn(_node, "web-1"));
        await silo.Leader.SetAsync(other, Space(other), PodOn(_node, "web-1", other));
        await Eventually.HoldsAsync(async () => (await node.InspectAsync()).Slices.Sum(slice => slice.Count) == 4, "it is told of both");

        await silo.Leader.DeleteAsync(other);
        silo.SignalLoss();

        await Eventually.HoldsAsync(async () => (await node.InspectAsync()).Slices.Select(slice => slice.Namespace).SequenceEqual([_scope]), "one slice is left");
    }

    [Fact]
    public async Task NodeGrain_LeaderOfATermThatIsOverKnowsNothing_KeepsWhatItHolds()
    {
        await silo.Leader.SetAsync(_scope, Space(), PodOn(_node, "web-1"));
        var observer = await SubscribeAsync();
        await observer.UntilAsync(o => o.Completions == 1, "complete");

        var before = silo.Leader.OutdatedAnswers;
        silo.Leader.Outdated = _node;
        silo.SignalLoss();
        await Eventually.HoldsAsync(() => silo.Leader.OutdatedAnswers > before + 1, "it has asked, and asks again");
        silo.Leader.Outdated = null;

        Assert.Equal(2, (await silo.Grains.GetGrain<INodeGrain>(_node).InspectAsync()).Slices.Sum(slice => slice.Count));
        Assert.Equal(2, observer.Content().Count);
    }

    [Fact]
    public async Task NodeGrain_GatewayThatDoesNotRenew_IsTakenForGone()
    {
        using var hastened = silo.LetSilentGatewaysGo(TimeSpan.FromSeconds(1));
        var observer = await SubscribeAsync();
        await observer.UntilAsync(o => o.Completions == 1, "complete");

        // With nobody left to tell, and nothing to tell, it rests.
        await GoneAsync(silo.Grains.GetGrain<INodeGrain>(_node));
    }

    [Fact]
    public async Task NodeGrain_GatewayOnASiloThatDied_IsDroppedAtOnce()
    {
        var elsewhere = SiloAddress.New(System.Net.IPAddress.Loopback, 1, 1);
        var node = silo.Grains.GetGrain<INodeGrain>(_node);
        var observer = new RecordingObserver();
        await node.SubscribeAsync(silo.SubscriptionOf(observer, elsewhere));
        await observer.UntilAsync(o => o.Completions == 1, "complete");

        // Again and again, since what the silos' own membership says in between knows nothing of that silo.
        await Eventually.HoldsAsync(
            async () =>
            {
                silo.DeclareDead(elsewhere);
                return !await IsActiveAsync(node);
            },
            $"{node} rests");
    }

    [Fact]
    public async Task NodeGrain_LostWhileANamespaceWentAway_AsksForItAndTellsTheSubscriber()
    {
        await silo.Leader.SetAsync(_scope, Space(), PodOn(_node, "web-1"));
        var observer = await SubscribeAsync();
        await observer.UntilAsync(o => o.Completions == 1, "complete");

        // First, since a question that was under way may bring the namespace back to life at once: what it then learns must be this.
        silo.Leader.Forget(_scope);
        await DeactivateAsync(silo.Grains.GetGrain<INodeGrain>(_node));
        await DeactivateAsync(silo.Grains.GetGrain<IResourceGrain>(_scope));
        await SubscribeAsync(observer);

        await observer.UntilAsync(o => o.Content().Count == 0 && o.Held is [{ Position.IsNone: false }], "nothing, at a position");
    }

    [Fact]
    public async Task ResourceGrain_Lost_IsFilledByTheLeader_WhenItsNodesVerify()
    {
        await silo.Leader.SetAsync(_scope, Space(), PodOn(_node, "web-1"));
        var observer = await SubscribeAsync();
        await observer.UntilAsync(o => o.Completions == 1, "complete");

        await DeactivateAsync(silo.Grains.GetGrain<IResourceGrain>(_scope));
        silo.SignalLoss();
        await silo.Leader.SetAsync(_scope, Space(), PodOn(_node, "web-1"), PodOn(_node, "web-2"));

        await observer.UntilAsync(o => o.Content().Count == 3, "the second pod");
    }

    [Fact]
    public async Task NamespaceUnknownToTheLeader_IsEmptiedAtItsNodes()
    {
        await silo.Leader.SetAsync(_scope, Space(), PodOn(_node, "web-1"));
        var observer = await SubscribeAsync();
        await observer.UntilAsync(o => o.Completions == 1, "complete");

        await DeactivateAsync(silo.Grains.GetGrain<IResourceGrain>(_scope));
        silo.Leader.Forget(_scope);
        silo.SignalLoss();

        await observer.UntilAsync(o => o.Content().Count == 0, "nothing");
    }

    [Fact]
    public async Task Namespace_Gone_LeavesNoGrainBehind_AndAskingMakesNoneAnew()
    {
        await silo.Leader.SetAsync(_scope, Space(), PodOn(_node, "web-1"));
        var observer = new RecordingObserver();
        var (node, subscription) = (silo.Grains.GetGrain<INodeGrain>(_node), silo.SubscriptionOf(observer));
        await node.SubscribeAsync(subscription);
        await observer.UntilAsync(o => o.Completions == 1, "complete");

        await silo.Leader.DeleteAsync(_scope);
        await observer.UntilAsync(o => o.Content().Count == 0, "nothing");

        await GoneAsync(silo.Grains.GetGrain<IResourceGrain>(_scope));
        silo.SignalLoss();
        await node.UnsubscribeAsync(subscription.Observer);
        await GoneAsync(node);
        Assert.False(await IsActiveAsync(silo.Grains.GetGrain<IResourceGrain>(_scope)));
    }

    [Fact]
    public async Task Namespaces_ManyThatComeAndGo_LeaveAsManyGrainsAsThereWere()
    {
        const int Namespaces = 100;
        var observer = await SubscribeAsync();
        await observer.UntilAsync(o => o.Completions == 1, "complete");
        var before = await CountAsync();

        for (var i = 0; i < Namespaces; i++) await silo.Leader.SetAsync($"{_scope}-{i}", Space($"{_scope}-{i}"), PodOn(_node, "web-1", $"{_scope}-{i}"));
        await observer.UntilAsync(o => o.Content().Count == 2 * Namespaces, "all of them");
        Assert.InRange(await CountAsync(), before + 1, int.MaxValue);
        for (var i = 0; i < Namespaces; i++) await silo.Leader.DeleteAsync($"{_scope}-{i}");
        await observer.UntilAsync(o => o.Content().Count == 0, "nothing");
        await Eventually.HoldsAsync(async () => await CountAsync() <= before, "no more grains than before");
    }

    [Fact]
    public async Task ResourceGrain_ThatCannotApplyABatch_AnswersWithTheExceptionAndBeginsAnew()
    {
        await silo.Leader.SetAsync(_scope, Space(), PodOn(_node, "web-1"));
        var observer = await SubscribeAsync();
        await observer.UntilAsync(o => o.Completions == 1, "complete");

        await Assert.ThrowsAnyAsync<Exception>(() => silo.Leader.SetAsync(_scope, Space(), PodOn(_node, "web-1"), PodOn(_node, "web-2") with { Labels = null! }));
        Assert.Contains(SiloFixture.FaultsOf(_scope), fault => fault.StartsWith("namespace_grain: unexpected exception about namespace ", StringComparison.Ordinal));

        await silo.Leader.SetAsync(_scope, Space(), PodOn(_node, "web-1"), PodOn(_node, "web-2"));
        await observer.UntilAsync(o => o.Content().Count == 3, "the second pod");
    }

    [Fact]
    public async Task Feed_OfATermThatIsOver_IsRefusedWithTheHighestTerm()
    {
        var grain = silo.Grains.GetGrain<IResourceGrain>(_scope);
        await silo.Leader.SetAsync(_scope, Space());

        var receipt = await grain.FeedAsync(
            new Batch<ResourceChange> { Namespace = _scope, Position = new Position(0, 9), IsSnapshot = true, Changes = [] }, ScriptedLeader.Watched);

        Assert.Equal(Verdict.Refused, receipt.Verdict);
        Assert.Equal(1, receipt.HighestTerm);
    }

    [Fact]
    public async Task SlowGateway_DelaysNoOther()
    {
        await silo.Leader.SetAsync(_scope, Space(), PodOn(_node, "web-1"));
        var never = new TaskCompletionSource();
        var stuck = new RecordingObserver { Gate = never.Task };
        await SubscribeAsync(stuck);

        var observer = await SubscribeAsync();

        await observer.UntilAsync(o => o.Content().Count == 2 && o.Completions == 1, "everything, while the other is stuck");
        never.SetResult();
        await stuck.UntilAsync(o => o.Completions == 1, "the other catches up");
    }

    [Fact]
    public async Task Inspection_OfWhatNobodyKnows_SaysSoAndBringsNoGrainToLife()
    {
        var node = await silo.Inspector.NodeAsync(_node);
        var scope = await silo.Inspector.NamespaceAsync(_scope);
        var pod = await silo.Inspector.PodAsync(_scope, "web-1");

        Assert.Null(node.IsComplete);
        Assert.Contains(node.Findings, finding => finding.Contains($"no pod is bound to a node named '{_node}'", StringComparison.Ordinal));
        Assert.Contains(scope.Findings, finding => finding.Contains($"nothing was read of a namespace named '{_scope}'", StringComparison.Ordinal));
        Assert.False(pod.IsKnown);
        foreach (var grain in (IAddressable[])[silo.Grains.GetGrain<INodeGrain>(_node), silo.Grains.GetGrain<IResourceGrain>(_scope)])
            Assert.Null(await silo.Grains.GetGrain<IManagementGrain>(0).GetActivationAddress(grain));
    }

    [Fact]
    public async Task Inspection_OfANodeThatNobodySubscribedTo_TellsWhatIsRelatedAndThatNobodyGetsIt()
    {
        await silo.Leader.SetAsync(_scope, Space(), PodOn(_node, "web-1"), PodOn(_node, "web-2"));

        var node = await silo.Inspector.NodeAsync(_node);

        Assert.Equal(["web-1", "web-2", _scope], node.Resources.Select(resource => resource.Name));
        Assert.Equal(["web-1", "web-2"], node.Resources[^1].Pods);
        Assert.Equal(0, node.StreamCount);
        Assert.Contains(node.Findings, finding => finding.StartsWith($"no replica has a stream of node {_node}", StringComparison.Ordinal));
    }

    private Resource Space() => Space(_scope);

    private static Resource Space(string name) => new() { Kind = ResourceKind.Namespace, Uid = Uid.Parse($"{name}-uid"), Namespace = name, Name = name };

    private Pod PodOn(string node, string name) => PodOn(node, name, _scope);

    private static Pod PodOn(string node, string name, string scope) =>
        new() { Kind = ResourceKind.Pod, Uid = Uid.Parse($"{scope}-{name}"), Namespace = scope, Name = name, Node = node };

    private async Task<RecordingObserver> SubscribeAsync()
    {
        var observer = new RecordingObserver();
        await SubscribeAsync(observer);
        return observer;
    }

    private Task SubscribeAsync(RecordingObserver observer) =>
        silo.Grains.GetGrain<INodeGrain>(_node).SubscribeAsync(silo.SubscriptionOf(observer));

    private async Task<int> CountAsync() =>
        (await silo.Grains.GetGrain<IManagementGrain>(0).GetSimpleGrainStatistics()).Where(type => type.GrainType.Contains("ResourceGrain", StringComparison.Ordinal)).Sum(type => type.ActivationCount);

    // What a silo remembers of where a grain was may outlive it: whoever counts asks for the activations themselves.
    private async Task<bool> IsActiveAsync(IAddressable grain) =>
        (await silo.Grains.GetGrain<IManagementGrain>(0).GetDetailedGrainStatistics()).Any(activation => activation.GrainId == grain.GetGrainId());

    private Task GoneAsync(IAddressable grain) => Eventually.HoldsAsync(async () => !await IsActiveAsync(grain), $"{grain} rests");

    private static async Task DeactivateAsync(IAddressable grain) =>
        await grain.AsReference<IGrainManagementExtension>().DeactivateOnIdle();
}
