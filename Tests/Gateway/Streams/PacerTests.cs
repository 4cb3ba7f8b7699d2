using MetaCollector.Gateway.Streams;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MetaCollector.Tests.Gateway.Streams;

public sealed class PacerTests
{
    [Fact]
    public void Pacer_Burst_IsOpenForExactlyThat()
    {
        var pacer = new Pacer(1000, 2000, new FakeTimeProvider());
        Assert.Equal(1000, TakeWhileOpen(pacer));
    }

    [Fact]
    public void Pacer_AfterTheBurst_OpensAtTheRate()
    {
        var time = new FakeTimeProvider();
        var pacer = new Pacer(1000, 2000, time);
        TakeWhileOpen(pacer);
        time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal(200, TakeWhileOpen(pacer));
        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(1000, TakeWhileOpen(pacer));
    }

    [Fact]
    public async Task WaitAsync_Exhausted_EndsWhenAFewMayGo()
    {
        var time = new FakeTimeProvider();
        var pacer = new Pacer(1000, 2000, time);
        TakeWhileOpen(pacer);
        var wait = pacer.WaitAsync(CancellationToken.None);
        Assert.False(wait.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(21));
        await wait.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.InRange(TakeWhileOpen(pacer), 40, 42);
    }

    [Fact]
    public async Task WaitAsync_OneEventPerSecond_WaitsForOne()
    {
        var time = new FakeTimeProvider();
        var pacer = new Pacer(1, 1, time);
        TakeWhileOpen(pacer);
        var wait = pacer.WaitAsync(CancellationToken.None);
        time.Advance(TimeSpan.FromMilliseconds(1001));
        await wait.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(1, TakeWhileOpen(pacer));
    }

    private static int TakeWhileOpen(Pacer pacer)
    {
        var taken = 0;
        for (; pacer.IsOpen; taken++) pacer.Take();
        return taken;
    }
}
