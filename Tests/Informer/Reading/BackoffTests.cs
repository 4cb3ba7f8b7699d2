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

    private sealed class Loaded(double chance) : Random
    {
        public override double NextDouble() => chance;
    }
}
