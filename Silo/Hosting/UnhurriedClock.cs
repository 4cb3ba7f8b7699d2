namespace MetaCollector.Silo.Hosting;

/// <summary>
/// What Orleans goes by where nothing waits for it: whoever wants to be woken in about a second or later, or again and again, is woken at instants that are half
/// a second apart and the same for all, since waking an idle process costs more than what is done then. Thread-safe.
/// </summary>
/// <remarks>
/// Ten times a second Orleans' membership looks whether its thread pool stalls, so as not to take a silo for dead that it was itself too busy to hear.
/// By this clock it does so twice, which is enough for the warning about stalls of a second and more, and for a silo that is alone, but for no other.
/// </remarks>
/// <param name="time">The clock behind it.</param>
internal sealed class UnhurriedClock(TimeProvider time) : TimeProvider
{
    /// <summary>From one instant to the next.</summary>
    public static readonly TimeSpan Between = TimeSpan.FromMilliseconds(500);

    // Orleans takes what it has done since off a second.
    private static readonly TimeSpan Long = TimeSpan.FromMilliseconds(900);

    /// <inheritdoc/>
    public override long TimestampFrequency => time.TimestampFrequency;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => time.LocalTimeZone;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => time.GetUtcNow();

    /// <inheritdoc/>
    public override long GetTimestamp() => time.GetTimestamp();

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (period > TimeSpan.Zero) return time.CreateTimer(callback, state, UntilInstant(dueTime), UpToInstant(period));
        return time.CreateTimer(callback, state, dueTime >= Long ? UntilInstant(dueTime) : dueTime, period);
    }

    // The first instant that is not before then.
    private TimeSpan UntilInstant(TimeSpan dueTime)
    {
        if (dueTime < TimeSpan.Zero) return dueTime;
        var now = time.GetElapsedTime(0);
        return UpToInstant(now + dueTime) - now;
    }

    private static TimeSpan UpToInstant(TimeSpan span) => new((span.Ticks + Between.Ticks - 1) / Between.Ticks * Between.Ticks);
}
