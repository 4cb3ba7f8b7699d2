namespace MetaCollector.Silo.Hosting;

/// <summary>
/// A clock for Orleans' timers that nothing waits for: periodic timers, and those due in about a second or later, fire at shared instants half a second
/// apart, since waking an idle process costs more than the work. Thread-safe.
/// </summary>
/// <remarks>
/// Ten times a second Orleans' membership checks whether its own thread pool stalls, so that a busy silo does not suspect others. With this clock it checks
/// twice a second: enough to warn of stalls of a second and more, and for a silo that is alone; too rare where other silos are watched.
/// </remarks>
internal sealed class UnhurriedClock(TimeProvider time) : TimeProvider
{
    /// <summary>From one instant to the next.</summary>
    public static readonly TimeSpan Between = TimeSpan.FromMilliseconds(500);

    // Orleans subtracts the time that its work took from a second.
    private static readonly TimeSpan Long = TimeSpan.FromMilliseconds(900);

    public override long TimestampFrequency => time.TimestampFrequency;

    public override TimeZoneInfo LocalTimeZone => time.LocalTimeZone;

    public override DateTimeOffset GetUtcNow() => time.GetUtcNow();

    public override long GetTimestamp() => time.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (period > TimeSpan.Zero) return time.CreateTimer(callback, state, UntilInstant(dueTime), UpToInstant(period));
        return time.CreateTimer(callback, state, dueTime >= Long ? UntilInstant(dueTime) : dueTime, period);
    }

    // The time until the first instant that is not before the due time.
    private TimeSpan UntilInstant(TimeSpan dueTime)
    {
        if (dueTime < TimeSpan.Zero) return dueTime;
        var now = time.GetElapsedTime(0);
        return UpToInstant(now + dueTime) - now;
    }

    private static TimeSpan UpToInstant(TimeSpan span) => new((span.Ticks + Between.Ticks - 1) / Between.Ticks * Between.Ticks);
}
