using MetaCollector.Silo.Hosting;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MetaCollector.Tests.Silo.Hosting;

/// <summary>When whoever is in no hurry is woken.</summary>
public sealed class UnhurriedClockTests
{
    // Its timestamps count from the year one; later ones are too large for exact differences.
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(1, 1, 2, 0, 0, 0, TimeSpan.Zero));
    private readonly List<TimeSpan> _woken = [];

    [Theory]
    [InlineData(0, 1000, 1000)]
    [InlineData(130, 1000, 1500)]
    [InlineData(130, 1370, 1500)]
    [InlineData(130, 100, 230)]
    [InlineData(130, 0, 130)]
    public void Once_ALongTimeAhead_IsAtAnInstantAndNeverEarly(int now, int due, int expected)
    {
        After(now, due, Timeout.InfiniteTimeSpan);
        Run(3000);
        Assert.Equal([TimeSpan.FromMilliseconds(expected)], _woken);
    }

    [Theory]
    [InlineData(100, 6)]
    [InlineData(500, 6)]
    [InlineData(1000, 3)]
    [InlineData(1200, 2)]
    public void AgainAndAgain_HoweverOften_IsAtInstantsAlone(int period, int expected)
    {
        After(0, period, TimeSpan.FromMilliseconds(period));
        Run(3000);
        Assert.Equal(expected, _woken.Count);
        Assert.All(_woken, at => Assert.Equal(0, at.Ticks % UnhurriedClock.Between.Ticks));
    }

    [Fact]
    public void Never_IsNever()
    {
        After(0, Timeout.Infinite, Timeout.InfiniteTimeSpan);
        Run(3000);
        Assert.Empty(_woken);
    }

    private void After(int now, int due, TimeSpan period)
    {
        var began = _time.GetTimestamp();
        _time.Advance(TimeSpan.FromMilliseconds(now));
        _ = new UnhurriedClock(_time).CreateTimer(_ => _woken.Add(_time.GetElapsedTime(began)), null, TimeSpan.FromMilliseconds(due), period);
    }

    private void Run(int milliseconds)
    {
        for (var i = 0; i < milliseconds / 10; i++) _time.Advance(TimeSpan.FromMilliseconds(10));
    }
}
