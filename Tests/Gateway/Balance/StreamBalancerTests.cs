using Grpc.Core;
using MetaCollector.Gateway;
using MetaCollector.Gateway.Balance;
using MetaCollector.Gateway.Diagnostics;
using MetaCollector.Gateway.Limits;
using MetaCollector.Gateway.Streams;
using MetaCollector.Tests.Gateway.Limits;
using MetaCollector.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MetaCollector.Tests.Gateway.Balance;

public sealed class StreamBalancerTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly FakeReplicas _others = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly OpenStreams _streams;
    private readonly StreamBalancer _balancer;

    public StreamBalancerTests()
    {
        var options = Options.Create(new GatewayOptions { RebalanceFloor = 10, RebalanceAfter = TimeSpan.FromSeconds(30) });
        var metrics = new GatewayMetrics(_services.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>());
        _streams = new OpenStreams(options, new MemoryWatermark(new FakeMemory(), options, _time), metrics, _time, NullLogger<OpenStreams>.Instance);
        _balancer = new StreamBalancer(_streams, _others, options, metrics, _time, NullLogger<StreamBalancer>.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        await _balancer.StopAsync(CancellationToken.None);
        _balancer.Dispose();
        await _services.DisposeAsync();
    }

    [Fact]
    public async Task Streams_MoreThanTheShare_AreAbortedOneByOneDownToIt()
    {
        var sessions = Open(40);
        _others.Streams = [10, 10];
        await _balancer.StartAsync(CancellationToken.None);
        await PassAsync(rounds: 40);
        // 60 streams on 3 replicas: 24 are a share and a fifth, and fewer once what was ended is nowhere yet.
        Assert.InRange(_streams.Count, 10, 24);
        var ended = sessions.FindAll(session => session.Ended.IsCancellationRequested);
        Assert.Equal(40 - _streams.Count, ended.Count);
        Assert.All(ended, session => Assert.Equal(("rebalanced", StatusCode.Aborted), (session.Reason.Cause, session.Reason.Status.StatusCode)));
        Assert.Contains("on 3 replicas; reconnect", ended[0].Reason.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Streams_AReplicaIsSilent_StayWhereTheyAre()
    {
        Open(40);
        (_others.Streams, _others.AreSilent) = ([0, 0], true);
        await _balancer.StartAsync(CancellationToken.None);
        await PassAsync(rounds: 40);
        Assert.Equal(40, _streams.Count);
    }

    [Fact]
    public async Task Others_ThereAreNone_AreAskedAboutAgainOnlyOnceThereAreSome()
    {
        Open(40);
        await _balancer.StartAsync(CancellationToken.None);
        await Eventually.HoldsAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return _others.AreAwaited;
        });
        Assert.Equal(1, _others.Asked);
        _others.Streams = [0, 0];
        await PassAsync(rounds: 40);
        Assert.InRange(_streams.Count, 10, 24);
    }

    private List<StreamSession> Open(int count)
    {
        var sessions = Enumerable.Range(0, count).Select(_ => _streams.Open(null, CancellationToken.None)).ToList();
        // As the service does: what is told to end, ends.
        foreach (var session in sessions) session.Ended.Register(session.Dispose);
        return sessions;
    }

    private Task PassAsync(int rounds)
    {
        var end = _others.Asked + rounds;
        return Eventually.HoldsAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return _others.Asked >= end;
        });
    }
}
