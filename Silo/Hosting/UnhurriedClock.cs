namespace MetaCollector.Silo.Hosting;

/// <summary>
/// What Orleans' membership goes by in a silo that is alone. Ten times a second Orleans looks whether its thread pool stalls, so as not to
/// take a silo for dead that it was itself too busy to hear. Where there is no other silo, twice is enough for the warning about stalls of a
/// second and more. Thread-safe.
/// </summary>
internal sealed class UnhurriedClock : TimeProvider
{
    private static readonly TimeSpan ShortestPeriod = TimeSpan.FromMilliseconds(500);

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        period > TimeSpan.Zero && period < ShortestPeriod
            ? base.CreateTimer(callback, state, ShortestPeriod, ShortestPeriod)
            : base.CreateTimer(callback, state, dueTime, period);
}
