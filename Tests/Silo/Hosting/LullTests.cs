using MetaCollector.Silo.Hosting;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MetaCollector.Tests.Silo.Hosting;

/// <summary>When a wave is over, after which memory is given back.</summary>
public sealed class LullTests
{
    private static readonly TimeSpan After = TimeSpan.FromMinutes(2);

    private readonly FakeTimeProvider _time = new();
    private readonly Lull _lull;

    public LullTests() => _lull = new Lull(After, _time);

    [Fact]
    public void Start_IsAWave_WhichIsOverOnce()
    {
        Assert.False(HasComeIn(After / 2));
        Assert.True(HasComeIn(After / 2));
        Assert.False(HasComeIn(After));
    }

    [Fact]
    public void Changes_OneAfterTheOther_AreOneWave()
    {
        Assert.False(HasComeIn(After, generation: 1));
        Assert.False(HasComeIn(After, generation: 1, version: 2));
        Assert.False(HasComeIn(After / 2, generation: 1, version: 2));
        Assert.True(HasComeIn(After / 2, generation: 1, version: 2));
    }

    [Fact]
    public void Change_LongAfterTheLast_IsAWaveAgain()
    {
        Assert.True(HasComeIn(After));
        Assert.False(HasComeIn(After, version: 1));
        Assert.True(HasComeIn(After, version: 1));
    }

    private bool HasComeIn(TimeSpan time, long generation = 0, long version = 0)
    {
        _time.Advance(time);
        return _lull.HasCome(generation, new MembershipVersion(version));
    }
}
