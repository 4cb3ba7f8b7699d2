using System.Collections.Concurrent;

namespace MetaCollector.Silo.Logs;

/// <summary>
/// Limits the lines of one category and event: 500 at once, and 5 more each second. Anybody who reaches a port can cause any number of events, and must not
/// fill the disk with them. Debug and trace are not limited. Thread-safe.
/// </summary>
internal sealed class LineBudget(TimeProvider time)
{
    /// <summary>How many lines of a category and event are written at once.</summary>
    public const int Burst = 500;

    public const int PerSecond = 5;

    private readonly ConcurrentDictionary<(string Category, int Event), Sort> _sorts = new();

    /// <summary>Whether a line is to be written.</summary>
    /// <param name="category">Its category.</param>
    /// <param name="id">Its event.</param>
    /// <param name="level">Its level.</param>
    /// <param name="leftOut">How many lines of this category and event were left out since the last line.</param>
    public bool Takes(string category, int id, LogLevel level, out int leftOut)
    {
        leftOut = 0;
        return level < LogLevel.Information || _sorts.GetOrAdd((category, id), _ => new Sort(time.GetTimestamp())).Takes(time, out leftOut);
    }

    private sealed class Sort(long began)
    {
        private readonly Lock _lock = new();
        private double _left = Burst;
        private long _at = began;
        private int _leftOut;

        public bool Takes(TimeProvider time, out int leftOut)
        {
            lock (_lock)
            {
                var now = time.GetTimestamp();
                _left = Math.Min(Burst, _left + time.GetElapsedTime(_at, now).TotalSeconds * PerSecond);
                _at = now;
                leftOut = _leftOut;
                if (_left < 1)
                {
                    _leftOut++;
                    return false;
                }

                (_left, _leftOut) = (_left - 1, 0);
                return true;
            }
        }
    }
}
