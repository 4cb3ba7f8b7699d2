namespace MetaCollector.Grains.Interfaces.Leadership;

/// <summary>
/// Instants, half a second apart, at which all wake up together that wait for long, by one timer for each instant: waking an idle process
/// costs more than what is done then. Thread-safe.
/// </summary>
internal sealed class SharedInstants
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(500);

    private readonly Lock _lock = new();
    private readonly Dictionary<(TimeProvider Time, long Instant), Task> _ahead = [];

    /// <summary>Completes at the last of them within <paramref name="atMost"/>, which is a second or more. Cannot be cancelled: wait for it with a token.</summary>
    public Task Within(TimeSpan atMost, TimeProvider time)
    {
        var now = time.GetElapsedTime(0);
        var instant = (now + atMost).Ticks / Between.Ticks;
        lock (_lock)
        {
            if (_ahead.TryGetValue((time, instant), out var known)) return known;
            return _ahead[(time, instant)] = WaitAsync(time, instant, (instant * Between) - now);
        }
    }

    private async Task WaitAsync(TimeProvider time, long instant, TimeSpan left)
    {
        await Task.Delay(left, time).ConfigureAwait(false);
        lock (_lock) _ahead.Remove((time, instant));
    }
}
