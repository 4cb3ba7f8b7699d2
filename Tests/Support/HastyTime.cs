using System.Collections.Concurrent;

namespace MetaCollector.Tests.Support;

/// <summary>A clock whose timers fire at once, and that knows what they were set to: what takes minutes takes none, and each pause is there to be judged. Thread-safe.</summary>
internal sealed class HastyTime : TimeProvider
{
    /// <summary>What timers were set to when they were made, in order.</summary>
    public ConcurrentQueue<TimeSpan> Pauses { get; } = [];

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Pauses.Enqueue(dueTime);
        return base.CreateTimer(callback, state, TimeSpan.Zero, period);
    }
}
