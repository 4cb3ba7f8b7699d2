using MetaCollector.Silo.Hosting;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MetaCollector.Tests.Silo.Hosting;

/// <summary>When hard work is over, after which memory is given back.</summary>
public sealed class WaveTests
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(15);

    private readonly FakeTimeProvider _time = new();
    private readonly Wave _wave;
    private long _allocated;
    private int _streams;

    public WaveTests() => _wave = new Wave(_time);

    [Fact]
    public void Storm_OnceItIsCalm_HasPassedOnce()
    {
        Assert.False(Passes(Wave.Size));
        Assert.False(Passes(0));
        Assert.True(Passes(0));
        Assert.False(Passes(0, times: 100));
    }

    [Fact]
    public void Storm_ThatTwoLooksSee_HasPassed()
    {
        Assert.False(Passes(Wave.Size / 2, times: 2));
        Assert.False(Passes(0));
        Assert.True(Passes(0));
    }

    [Fact]
    public void Work_ThatIsNeverHard_IsNoWave() => Assert.False(Passes(CalmLook, times: 1000));

    [Fact]
    public void Bursts_TooSmallForAWave_DoNotAddUpOverTheirRests()
    {
        for (var i = 0; i < 100; i++) Assert.False(Passes(Wave.Size / 2) || Passes(CalmLook, times: 3));
    }

    [Fact]
    public void Storm_FollowedByWork_HasPassedOnlyOnceThatRests()
    {
        Passes(Wave.Size);
        Assert.False(Passes(2 * CalmLook, times: 100));
        Assert.False(Passes(0));
        Assert.True(Passes(0));
    }

    [Fact]
    public void Storms_OneAfterTheOther_PassNoMoreThanOnceInAPause()
    {
        var passed = 0;
        var passes = TimeSpan.FromHours(1) / (3 * Look);
        for (var i = 0; i < passes; i++)
        {
            Passes(Wave.Size);
            Passes(0);
            if (Passes(0)) passed++;
        }

        Assert.InRange(passed, 9, 1 + (int)(TimeSpan.FromHours(1) / Wave.Pause));
    }

    [Fact]
    public void Storm_WhatItLeftWasGivenBack_HasNotPassed()
    {
        Passes(Wave.Size);
        _wave.Forget();
        Assert.False(Passes(0, times: 100));
    }

    [Fact]
    public void Storm_SoonAfterMemoryWasGivenBackForAnotherReason_HasPassed()
    {
        // The start was a wave, too, which nobody asked about.
        Passes(Wave.Size);
        Assert.True(Passes(0, times: 2));
        _wave.Forget();
        Passes(Wave.Size);
        Assert.True(Passes(0, times: 2));
    }

    [Fact]
    public void Streams_ThatRenew_AreAtRest()
    {
        _streams = 500;
        Passes(Wave.Size + (500 * Wave.CalmPerStream * (long)Look.TotalSeconds));
        Assert.True(Passes(500 * Wave.CalmPerStream * (long)Look.TotalSeconds, times: 2));
    }

    // As much as may be allocated between two looks by who is at rest.
    private static long CalmLook => Wave.Calm * (long)Look.TotalSeconds;

    private bool Passes(long more, int times = 1)
    {
        var has = false;
        for (var i = 0; i < times; i++)
        {
            _time.Advance(Look);
            _allocated += more;
            has |= _wave.HasPassed(_allocated, _streams);
        }

        return has;
    }
}
