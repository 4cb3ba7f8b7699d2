using System.Diagnostics;
using System.Runtime.CompilerServices;
using Xunit;

namespace MetaCollector.Tests.Support;

/// <summary>Waits for a condition, generously: machines are noisy, and only a condition that never comes true takes long.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Waits until it holds.</summary>
    /// <param name="condition">What is asked every few milliseconds.</param>
    /// <param name="what">What is waited for, for who reads that it never came; the condition's own text where nothing says it better.</param>
    /// <param name="state">How things stand, to be told then.</param>
    public static Task HoldsAsync(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string what = "", Func<string>? state = null) =>
        HoldsAsync(() => Task.FromResult(condition()), what, state);

    /// <inheritdoc cref="HoldsAsync(Func{bool}, string, Func{string}?)"/>
    public static async Task HoldsAsync(
        Func<Task<bool>> condition, [CallerArgumentExpression(nameof(condition))] string what = "", Func<string>? state = null)
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
