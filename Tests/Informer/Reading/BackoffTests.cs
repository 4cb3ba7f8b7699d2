using MetaCollector.Informer.Reading;
using Xunit;

namespace MetaCollector.Tests.Informer.Reading;

public sealed class BackoffTests
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(3);

    [Theory]
    [InlineData(1.0, new double[] { 200, 400, 800, 1600, 3000, 3000 })]
    [InlineData(0.0, new double[] { 100, 200, 400, 800, 1500, 1500 })]
    public void Next_FailureAfterFailure_DoublesUpToTheLongestBetweenHalfAndAll(double chance, double[] milliseconds)
    {
        var backoff = new Backoff(First, Longest, new Loaded(chance));

        Assert.Equal(milliseconds, milliseconds.Select(_ => backoff.Next().TotalMilliseconds));
        backoff.Reset();
        Assert.Equal(milliseconds[0], backoff.Next().TotalMilliseconds);
    }

    [Fact]
    public void Next_ServerThatSaysWhen_IsNotAskedBefore()
    {
        var backoff = new Backoff(First, Longest, new Loaded(0.0));

        Assert.Equal(TimeSpan.FromMilliseconds(5100), backoff.Next(TimeSpan.FromSeconds(5)));
        Assert.Equal(TimeSpan.FromMilliseconds(5200), backoff.Next(TimeSpan.FromSeconds(5)));
        Assert.Equal(TimeSpan.FromMilliseconds(400), backoff.Next(TimeSpan.Zero));
    }

    private sealed class Loaded(double chance) : Random
    {
        public override double NextDouble() => chance;
    }
}
