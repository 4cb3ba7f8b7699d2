namespace MetaCollector.Tests.Support;

/// <summary>The system's clock, which knows how many timers are set and not disposed of. Thread-safe.</summary>
internal sealed class TimersSeen : TimeProvider
{
    private int _count;

    /// <summary>How many timers there are.</summary>
    public int Count => Volatile.Read(ref _count);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Interlocked.Increment(ref _count);
        return new Seen(this, base.CreateTimer(callback, state, dueTime, period));
    }

    private sealed class Seen(TimersSeen time, ITimer timer) : ITimer
    {
        private int _isDisposed;

        public bool Change(TimeSpan dueTime, TimeSpan period) => timer.Change(dueTime, period);

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isDisposed, 1) == 0) Interlocked.Decrement(ref time._count);
            timer.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
