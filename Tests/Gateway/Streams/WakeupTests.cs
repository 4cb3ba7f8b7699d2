using MetaCollector.Gateway.Streams;
using Xunit;

namespace MetaCollector.Tests.Gateway.Streams;

public sealed class WakeupTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task WaitAsync_SetBefore_ReturnsAtOnceAndOnlyOnce()
    {
        var wakeup = new Wakeup();
        wakeup.Set();
        wakeup.Set();
        Assert.True(wakeup.WaitAsync().AsTask().IsCompletedSuccessfully);
        var second = wakeup.WaitAsync().AsTask();
        Assert.False(second.IsCompleted);
        wakeup.Set();
        await second.WaitAsync(Patience);
    }

    [Fact]
    public async Task WaitAsync_SetByManyThreads_LosesNoSignal()
    {
        const int Signals = 20_000;
        var wakeup = new Wakeup();
        var given = 0;
        var seen = 0;
        var waiting = Task.Run(async () =>
        {
            while (Volatile.Read(ref seen) < Signals * 2)
            {
                await wakeup.WaitAsync();
                seen = Volatile.Read(ref given);
            }
        });
        var setting = Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < Signals; i++)
            {
                Interlocked.Increment(ref given);
                wakeup.Set();
            }
        }));
        await Task.WhenAll(setting).WaitAsync(Patience);
        await waiting.WaitAsync(Patience);
    }
}
