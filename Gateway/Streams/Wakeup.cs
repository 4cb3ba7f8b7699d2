using System.Threading.Tasks.Sources;

namespace MetaCollector.Gateway.Streams;

/// <summary>
/// An auto-reset event for one waiting loop: several signals before it waits count as one. Does not allocate. <see cref="Set"/> is thread-safe
/// and never runs the loop itself; one waiter at a time.
/// </summary>
internal sealed class Wakeup : IValueTaskSource
{
    private readonly Lock _lock = new();
    private ManualResetValueTaskSourceCore<bool> _core = new() { RunContinuationsAsynchronously = true };
    private bool _isSet;
    private bool _isWaiting;

    /// <summary>Wakes the loop now, or lets its next wait return at once.</summary>
    public void Set()
    {
        lock (_lock)
        {
            if (_isSet) return;
            if (!_isWaiting)
            {
                _isSet = true;
                return;
            }

            _isWaiting = false;
            // Inside the lock, so that the loop cannot begin its next wait before SetResult returns, which only queues the loop.
            _core.SetResult(true);
        }
    }

    /// <summary>Waits for the next signal; returns at once if there was one since the last wait.</summary>
    public ValueTask WaitAsync()
    {
        lock (_lock)
        {
            if (_isSet)
            {
                _isSet = false;
                return ValueTask.CompletedTask;
            }

            _core.Reset();
            _isWaiting = true;
            return new ValueTask(this, _core.Version);
        }
    }

    void IValueTaskSource.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
