using System.Diagnostics;
using Xunit;

namespace MetaCollector.Tests.Support;

/// <summary>Waits for a condition, generously: machines are noisy, and only a condition that never comes true takes long.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static Task HoldsAsync(Func<bool> condition, string what, Func<string>? state = null) =>
        HoldsAsync(() => Task.FromResult(condition()), what, state);

    public static async Task HoldsAsync(Func<Task<bool>> condition, string what, Func<string>? state = null)
    {
        using var often = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        var started = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(started) > Patience)
                Assert.Fail($"waited {Patience.TotalSeconds:0} s in vain until {what}{(state is null ? "" : "; now: " + state())}");
            await often.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }
}
