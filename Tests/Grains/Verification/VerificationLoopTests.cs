using System.Collections.Concurrent;
using MetaCollector.Conversation.Leadership;
using MetaCollector.Grains.Interfaces.Leadership;
using MetaCollector.Grains.Verification;
using MetaCollector.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace MetaCollector.Tests.Grains.Verification;

/// <summary>When a grain verifies what it holds.</summary>
public sealed class VerificationLoopTests
{
    private readonly LeaderDirectory _directory = new();
    private readonly FaultsSeen _faults = new();
    private readonly ConcurrentQueue<bool> _losses = [];

    [Fact]
    public async Task Verify_FailsAgainAndAgain_IsTriedAfterPausesThatDoubleUpToTwoSeconds()
    {
        var time = new HastyTime();
        using var loop = LoopOf(time, number => number < 9 ? Task.FromResult(false) : NeverAsync());
        loop.Start();
        await Eventually.HoldsAsync(() => _losses.Count == 9, "it was tried nine times");

        var middles = (double[])[50, 100, 200, 400, 800, 1600, 2000, 2000];
        Assert.Equal(middles.Length, time.Pauses.Count);
        // A quarter less to a quarter more.
        Assert.All(time.Pauses.Zip(middles), pause => Assert.InRange(pause.First.TotalMilliseconds, pause.Second * 0.75, pause.Second * 1.25));
    }

    [Fact]
    public async Task Verify_ASiloDied_IsToldSoOnce()
    {
        using var loop = LoopOf(TimeProvider.System, number => number == 2 ? Task.FromResult(false) : Task.FromResult(true));
        loop.Start();
        await Eventually.HoldsAsync(() => _losses.Count == 1, "it verifies at once");

        _directory.SiloDied();
        await Eventually.HoldsAsync(() => _losses.Count == 3, "it verifies, and again since it failed");
        loop.Kick();
        await Eventually.HoldsAsync(() => _losses.Count == 4, "it verifies when it is kicked");

        Assert.Equal([false, true, false, false], _losses);
    }

    [Fact]
    public async Task Verify_NewTerm_VerifiesAtOnce_ButNothingWasLost()
    {
        using var loop = LoopOf(TimeProvider.System, _ => Task.FromResult(true));
        loop.Start();
        await Eventually.HoldsAsync(() => _losses.Count == 1, "it verifies at once");

        _directory.Announce(new LeaderAnnouncement(1, SiloAddress.Zero, IsSynced: true));
        await Eventually.HoldsAsync(() => _losses.Count == 2, "it verifies for the new term");

        Assert.Equal([false, false], _losses);
    }

    [Fact]
    public async Task Verify_Throws_IsReportedAndTriedAgain()
    {
        using var loop = LoopOf(new HastyTime(), number => number == 1 ? throw new InvalidTimeZoneException() : NeverAsync());
        loop.Start();
        await Eventually.HoldsAsync(() => _losses.Count == 2, "it is tried again");

        Assert.IsType<InvalidTimeZoneException>(Assert.Single(_faults.Logged).Exception);
    }

    private static Task<bool> NeverAsync() => new TaskCompletionSource<bool>().Task;

    private VerificationLoop LoopOf(TimeProvider time, Func<int, Task<bool>> verify) => new(
        "a grain",
        hasLost =>
        {
            _losses.Enqueue(hasLost);
            return verify(_losses.Count);
        },
        _directory, new SharedInstants(time), _faults.Faults, NullLogger.Instance);
}
