using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MetaCollector.Tests;

/// <summary>No test runs for ever.</summary>
public sealed class TestTimeoutTests
{
    [Fact]
    public void Limit_OfATestThatHangs_CancelsItThenGivesUpTheRun()
    {
        var clock = new FakeTimeProvider();
        var (cancelled, givenUp) = (0, 0);
        using var limit = new TestTimeoutAttribute.Limit(clock, TimeSpan.FromMinutes(4), TimeSpan.FromMinutes(1), () => cancelled++, () => givenUp++);

        clock.Advance(TimeSpan.FromMinutes(4) - TimeSpan.FromTicks(1));
        Assert.Equal((0, 0), (cancelled, givenUp));
        clock.Advance(TimeSpan.FromTicks(1));
        Assert.Equal((1, 0), (cancelled, givenUp));
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal((1, 1), (cancelled, givenUp));
    }

    [Fact]
    public void Limit_OfATestThatEnded_DoesNothing()
    {
        var clock = new FakeTimeProvider();
        new TestTimeoutAttribute.Limit(clock, TimeSpan.FromMinutes(4), TimeSpan.FromMinutes(1), () => Assert.Fail("cancelled"), () => Assert.Fail("given up")).Dispose();
        clock.Advance(TimeSpan.FromHours(1));
    }
}
