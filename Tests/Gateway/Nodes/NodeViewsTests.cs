using MetaCollector.Conversation.Leadership;
using MetaCollector.Conversation.Sharing;
using MetaCollector.Gateway;
using MetaCollector.Gateway.Diagnostics;
using MetaCollector.Gateway.Nodes;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Tests.Gateway.Sockets;
using MetaCollector.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Xunit;

namespace MetaCollector.Tests.Gateway.Nodes;

public sealed class NodeViewsTests : IAsyncDisposable
{
    private readonly HandTime _time = new();
    private readonly LeaderDirectory _leaders = new();
    private readonly FakeNodes _nodes = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly NodeViews _views;

    public NodeViewsTests() => _views = Views(_time);

    public async ValueTask DisposeAsync()
    {
        await _views.DisposeAsync();
        await _services.DisposeAsync();
    }

    [Fact]
    public async Task Close_LastStream_LeavesTheNodeAfterTheLinger()
    {
        _views.Close(_views.Open("node-a", ResourceKinds.Standard));
        Assert.Single(_views.All());
        await WaitForObserversAsync(1);
        _time.LastTimer.Fire();
        Assert.Empty(_views.All());
        await WaitForObserversAsync(0);
    }

    [Fact]
    public async Task Open_AgainWithinTheLinger_KeepsTheView()
    {
        var first = _views.Open("node-a", ResourceKinds.Standard);
        _views.Close(first);
        var late = _time.LastTimer;
        var second = _views.Open("node-a", ResourceKinds.Standard);
        late.Fire();
        Assert.Same(first.View, second.View);
        Assert.Single(_views.All());
        await WaitForObserversAsync(1);
    }

    [Fact]
    public void Leave_TimerOfAViewThatIsGone_DoesNotTakeItsSuccessorAway()
    {
        _views.Close(_views.Open("node-a", ResourceKinds.Standard));
        var first = _time.LastTimer;
        _views.Close(_views.Open("node-a", ResourceKinds.Standard));
        var second = _time.LastTimer;
        first.Fire();
        Assert.Empty(_views.All());
        _views.Open("node-a", ResourceKinds.Standard);
        second.Fire();
        Assert.Single(_views.All());
    }

    [Fact]
    public async Task Streams_OfManyNodesThatComeAndGo_LeaveNoViewNoSubscriptionAndNoTimer()
    {
        const int Nodes = 200;
        var time = new CountingTime();
        await using var views = Views(time);
        var streams = Enumerable.Range(0, Nodes).Select(i => views.Open($"many-{i}", ResourceKinds.Standard)).ToList();
        await Eventually.HoldsAsync(() => Observers() == Nodes);

        streams.ForEach(views.Close);
        // Each lingers.
        Assert.InRange(time.ActiveTimers, Nodes, 2 * Nodes);
        time.Advance(new GatewayOptions().Linger);

        Assert.Empty(views.All());
        await Eventually.HoldsAsync(() => Observers() == 0);
        // Those by which renewals wait are shared, and nobody's: they run out.
        time.Advance(new GatewayOptions().RenewPeriod * 2);
        await Eventually.HoldsAsync(() => time.ActiveTimers == 0);

        int Observers() => Enumerable.Range(0, Nodes).Sum(i => _nodes.ObserversOf($"many-{i}"));
    }

    [Fact]
    public async Task Subscription_IsRenewedEveryTenSecondsOrSo()
    {
        var time = new CountingTime();
        await using var views = Views(time);
        views.Open("node-a", ResourceKinds.Standard);

        for (var renewals = 1; renewals <= 3; renewals++)
        {
            await Eventually.HoldsAsync(() => _nodes.Subscriptions == renewals && time.ActiveTimers > 0);
            time.Advance(new GatewayOptions().RenewPeriod * 0.77);
            Assert.Equal(renewals, _nodes.Subscriptions);
            time.Advance(new GatewayOptions().RenewPeriod * 0.46);
        }
    }

    [Fact]
    public async Task Subscription_AtRest_IsRenewedEveryMinuteOrSo_UntilASiloDies()
    {
        var time = new CountingTime();
        await using var views = Views(time);
        views.Open("node-a", ResourceKinds.Standard);
        for (var renewals = 1; renewals <= 13; renewals++)
        {
            await Eventually.HoldsAsync(() => _nodes.Subscriptions == renewals && time.ActiveTimers > 0);
            time.Advance(new GatewayOptions().RenewPeriod * 1.23);
        }

        await Eventually.HoldsAsync(() => _nodes.Subscriptions == 13 && time.ActiveTimers > 0);
        time.Advance(new GatewayOptions().RenewPeriod * 4);
        Assert.Equal(13, _nodes.Subscriptions);
        time.Advance(new GatewayOptions().RenewPeriod * 2.8);
        await Eventually.HoldsAsync(() => _nodes.Subscriptions == 14);

        _leaders.SiloDied();
        await Eventually.HoldsAsync(() => _nodes.Subscriptions == 15 && time.ActiveTimers > 0);
        time.Advance(new GatewayOptions().RenewPeriod * 1.23);
        await Eventually.HoldsAsync(() => _nodes.Subscriptions == 16);
    }

    [Fact]
    public async Task Subscription_AtAnActivationThatEnds_IsRenewedSoon_AndAfterALongerPauseEachTime()
    {
        var time = new CountingTime();
        await using var views = Views(time);
        views.Open("node-a", ResourceKinds.Standard);
        for (var (ends, pause) = (1, TimeSpan.FromMilliseconds(100)); ends <= 5; ends++, pause *= 2)
        {
            await Eventually.HoldsAsync(() => _nodes.Subscriptions == ends && _nodes.ObserversOf("node-a") == 1);
            var ended = time.GetTimestamp();
            await _nodes.EndAsync("node-a");
            await Eventually.HoldsAsync(() =>
            {
                if (_nodes.Subscriptions == ends) time.Advance(TimeSpan.FromMilliseconds(10));
                return _nodes.Subscriptions > ends;
            });
            Assert.InRange(time.GetElapsedTime(ended), pause * 0.9, new GatewayOptions().RenewPeriod * 0.5);
        }
    }

    private NodeViews Views(TimeProvider time) => new(
        _nodes.Grains, new ThisSilo(), _leaders, new SharedInstants(time), new VersionPool(), Options.Create(new GatewayOptions()),
        new GatewayMetrics(_services.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>()), new FaultsSeen().Faults, time, NullLogger<NodeViews>.Instance);

    private Task WaitForObserversAsync(int count) => Eventually.HoldsAsync(() => _nodes.ObserversOf("node-a") == count);

    /// <summary>Real time, but timers fire by hand; also those that were disposed of, as a real one may that is just firing.</summary>
    private sealed class HandTime : TimeProvider
    {
        public HandTimer LastTimer { get; private set; } = null!;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            period == Timeout.InfiniteTimeSpan && dueTime == new GatewayOptions().Linger
                ? LastTimer = new HandTimer(callback, state)
                : base.CreateTimer(callback, state, dueTime, period);
    }

    private sealed class HandTimer(TimerCallback callback, object? state) : ITimer
    {
        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
