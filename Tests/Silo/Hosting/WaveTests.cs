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

    public WaveTests() => _wave = new Wave(_time);

    [Fact]
    public void Storm_OnceItIsCalm_HasPassedOnce()
    {
        Assert.False(Passes(2 * Wave.Busy));
        Assert.False(Passes(0));
        Assert.True(Passes(0));
        Assert.False(Passes(0, times: 100));
    }

    [Fact]
    public void Work_ThatIsNeverHard_IsNoWave() => Assert.False(Passes(Wave.Busy, times: 1000) || Passes(0, times: 1000));

    [Fact]
    public void Storm_FollowedByWork_HasPassedOnlyOnceThatRests()
    {
        Passes(2 * Wave.Busy);
        Assert.False(Passes(Wave.Busy / 2, times: 100));
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
            Passes(2 * Wave.Busy);
            Passes(0);
            if (Passes(0)) passed++;
        }

        Assert.InRange(passed, 9, 1 + (int)(TimeSpan.FromHours(1) / Wave.Pause));
    }

    [Fact]
    public void Storm_WhatItLeftWasGivenBack_HasNotPassed()
    {
        Passes(2 * Wave.Busy);
        _wave.Forget();
        Assert.False(Passes(0, times: 100));
    }

    private bool Passes(long inASecond, int times = 1)
    {
        var has = false;
        for (var i = 0; i < times; i++)
        {
            _time.Advance(Look);
            _allocated += inASecond * (long)Look.TotalSeconds;
            has |= _wave.HasPassed(_allocated);
        }

        return has;
    }
}
