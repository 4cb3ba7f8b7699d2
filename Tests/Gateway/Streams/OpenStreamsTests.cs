using Grpc.Core;
using MetaCollector.Gateway;
using MetaCollector.Gateway.Diagnostics;
using MetaCollector.Gateway.Streams;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Xunit;

namespace MetaCollector.Tests.Gateway.Streams;

public sealed class OpenStreamsTests : IDisposable
{
    private readonly CountingTime _time = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly OpenStreams _streams;

    public OpenStreamsTests() => _streams = new OpenStreams(
        Options.Create(new GatewayOptions { DrainTime = TimeSpan.FromSeconds(10) }),
        new GatewayMetrics(_services.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>()), _time, NullLogger<OpenStreams>.Instance);

    public void Dispose() => _services.Dispose();

    [Fact]
    public void DrainAsync_NoStreams_IsDoneAtOnce() => Assert.True(_streams.DrainAsync(CancellationToken.None).IsCompletedSuccessfully);

    [Fact]
    public async Task DrainAsync_ManyStreams_EndsThemSpreadOverTheTime()
    {
        var sessions = Enumerable.Range(0, 1000).Select(_ => _streams.Open(CancellationToken.None)).ToArray();
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
    public async Task DrainAsync_NoMoreTime_EndsAllAtOnce()
    {
        using var hurry = new CancellationTokenSource();
        var sessions = Enumerable.Range(0, 1000).Select(_ => _streams.Open(CancellationToken.None)).ToArray();
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
        var error = Assert.Throws<RpcException>(() => _streams.Open(CancellationToken.None));
        Assert.Equal(StatusCode.Aborted, error.StatusCode);
    }

    [Fact]
    public void StreamEnd_Causes_NeverLengthenTheBackOffOfThePluginNorSayOk()
    {
        StatusCode[] never =
            [StatusCode.OK, StatusCode.Unavailable, StatusCode.Unauthenticated, StatusCode.PermissionDenied, StatusCode.FailedPrecondition];
        foreach (var end in new[] { StreamEnd.Shutdown, StreamEnd.Stuck, StreamEnd.TooMany, StreamEnd.Failed, StreamEnd.SubscriberGone })
            Assert.DoesNotContain(end.Status.StatusCode, never);
    }
}
