using System.Net;
using Grpc.Core;
using MetaCollector.Gateway;
using MetaCollector.Gateway.Diagnostics;
using MetaCollector.Gateway.Limits;
using MetaCollector.Gateway.Streams;
using MetaCollector.Tests.Gateway.Limits;
using MetaCollector.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace MetaCollector.Tests.Gateway.Streams;

public sealed class OpenStreamsTests : IDisposable
{
    private readonly CountingTime _time = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly FakeMemory _memory = new();
    private readonly GatewayOptions _options = new() { DrainTime = TimeSpan.FromSeconds(10) };
    private readonly RecordingLogger<OpenStreams> _log = new();
    private readonly OpenStreams _streams;

    public OpenStreamsTests()
    {
        var options = Options.Create(_options);
        var metrics = new GatewayMetrics(_services.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>());
        _streams = new OpenStreams(options, new MemoryWatermark(_memory, options, _time), metrics, _time, _log);
    }

    public void Dispose() => _services.Dispose();

    [Fact]
    public void Open_StormOfRefusals_IsOneWarningInAWhile()
    {
        _options.Limits = new GatewayLimits { MaxStreams = 1 };
        using var only = _streams.Open(null, CancellationToken.None);
        for (var i = 0; i < 100; i++) Assert.Throws<RpcException>(() => _streams.Open(null, CancellationToken.None));
        Assert.Single(_log.Warnings);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Throws<RpcException>(() => _streams.Open(null, CancellationToken.None));
        Assert.Equal(2, _log.Warnings.Count);
    }

    [Fact]
    public void DrainAsync_NoStreams_IsDoneAtOnce() => Assert.True(_streams.DrainAsync(CancellationToken.None).IsCompletedSuccessfully);

    [Fact]
    public async Task DrainAsync_ManyStreams_EndsThemSpreadOverTheTime()
    {
        var sessions = Enumerable.Range(0, 1000).Select(_ => _streams.Open(null, CancellationToken.None)).ToArray();
        var drain = _streams.DrainAsync(CancellationToken.None);
        for (var second = 1; second <= 10; second++)
        {
            Assert.InRange(sessions.Count(session => session.Ended.IsCancellationRequested), (second - 1) * 100, second * 100 + 2);
            for (var i = 0; i < 50; i++) await AdvanceAsync(TimeSpan.FromMilliseconds(20));
        }

        Assert.All(sessions, session => Assert.Same(StreamEnd.Shutdown, session.Reason));
        Assert.False(drain.IsCompleted);
        foreach (var session in sessions) session.Dispose();
        await drain.WaitAsync(TimeSpan.FromSeconds(60));

        async Task AdvanceAsync(TimeSpan step)
        {
            _time.Advance(step);
            await Task.Yield();
            // The drain runs on in the pool, and waits for the next step unless it is at its end.
            using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
            for (var i = 0; i < 10_000 && _time.ActiveTimers == 0 && sessions.Any(session => !session.Ended.IsCancellationRequested); i++)
                await look.WaitForNextTickAsync();
        }
    }

    [Fact]
    public async Task DrainAsync_SubscriberThatTakesNoStatus_IsNotWaitedForBeyondTheTime()
    {
        using var stuck = _streams.Open(null, CancellationToken.None);
        var drain = _streams.DrainAsync(CancellationToken.None);
        Assert.Same(StreamEnd.Shutdown, stuck.Reason);
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.False(drain.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        await drain.WaitAsync(TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task DrainAsync_NoMoreTime_EndsAllAtOnce()
    {
        using var hurry = new CancellationTokenSource();
        var sessions = Enumerable.Range(0, 1000).Select(_ => _streams.Open(null, CancellationToken.None)).ToArray();
        var drain = _streams.DrainAsync(hurry.Token);
        await hurry.CancelAsync();
        await drain.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.All(sessions, session => Assert.True(session.Ended.IsCancellationRequested));
        foreach (var session in sessions) session.Dispose();
    }

    [Fact]
    public void Open_WhileDraining_IsAborted()
    {
        _ = _streams.DrainAsync(CancellationToken.None);
        var error = Assert.Throws<RpcException>(() => _streams.Open(null, CancellationToken.None));
        Assert.Equal(StatusCode.Aborted, error.StatusCode);
    }

    [Fact]
    public void Open_MoreThanAllowed_IsUnavailableUntilOneEnds()
    {
        _options.Limits = new GatewayLimits { MaxStreams = 2 };
        using var first = _streams.Open(null, CancellationToken.None);
        var second = _streams.Open(null, CancellationToken.None);
        AssertUnavailable("--max-streams", () => _streams.Open(null, CancellationToken.None));
        second.Dispose();
        _streams.Open(null, CancellationToken.None).Dispose();
    }

    [Fact]
    public void Open_MoreThanAllowedFromOneAddress_IsUnavailableThereAlone()
    {
        _options.Limits = new GatewayLimits { MaxStreamsPerPeer = 2 };
        var peer = IPAddress.Parse("10.0.0.1");
        using var first = _streams.Open(peer, CancellationToken.None);
        var second = _streams.Open(peer.MapToIPv6(), CancellationToken.None);
        AssertUnavailable("--max-streams-per-peer", () => _streams.Open(peer, CancellationToken.None));
        for (var i = 0; i < 10; i++) _streams.Open(IPAddress.Loopback, CancellationToken.None);
        using var other = _streams.Open(IPAddress.Parse("10.0.0.2"), CancellationToken.None);
        second.Dispose();
        second.Dispose();
        _streams.Open(peer, CancellationToken.None).Dispose();
        _streams.Open(peer, CancellationToken.None).Dispose();
    }

    [Fact]
    public void Open_MemoryAboveTheMark_IsUnavailableWhileOpenStreamsGoOn()
    {
        using var open = _streams.Open(null, CancellationToken.None);
        _memory.Fraction = 0.86;
        for (var i = 0; i < 5; i++) AssertUnavailable("--memory-high-water", () => _streams.Open(null, CancellationToken.None));
        Assert.False(open.Ended.IsCancellationRequested);
        Assert.Equal(1, _memory.Refreshed);
        _time.Advance(TimeSpan.FromSeconds(11));
        AssertUnavailable("--memory-high-water", () => _streams.Open(null, CancellationToken.None));
        Assert.Equal(2, _memory.Refreshed);
        _memory.Fraction = 0.85;
        _streams.Open(null, CancellationToken.None).Dispose();
    }

    [Fact]
    public void StreamEnd_CausesThatWelcomeARetry_NeverLengthenTheBackOffOfThePluginNorSayOk()
    {
        StatusCode[] never =
            [StatusCode.OK, StatusCode.Unavailable, StatusCode.Unauthenticated, StatusCode.PermissionDenied, StatusCode.FailedPrecondition];
        StreamEnd[] ends =
        [
            StreamEnd.Shutdown, StreamEnd.Stuck, StreamEnd.Failed, StreamEnd.SubscriberGone, StreamEnd.Rebalanced(1, 2),
            StreamEnd.UnknownAddress("10.0.0.1", "node-a", isAnswered: true),
        ];
        Assert.All(ends, end => Assert.DoesNotContain(end.Status.StatusCode, never));
    }

    private static void AssertUnavailable(string flag, Action open)
    {
        var error = Assert.Throws<RpcException>(open);
        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.Contains(flag, error.Status.Detail, StringComparison.Ordinal);
    }
}
