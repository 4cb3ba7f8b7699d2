using System.Diagnostics;

namespace MetaCollector.Testing.Chaos;

/// <summary>When the subscriber of one node was told of the changes of its probe. Not thread-safe: <see cref="Probes"/> guards it.</summary>
internal sealed class Sightings
{
    private readonly List<(long Change, long Arrival)> _all = [];
    private int _known;
    private TimeSpan _longest;

    /// <summary>The newest change that is known to it.</summary>
    public long Newest { get; private set; }

    /// <summary>For how long a change was not known, at most; a state that was skipped became known with the next one.</summary>
    public TimeSpan Longest => _longest;

    /// <summary>When the first change after this moment became known; 0 where none did.</summary>
    public long FirstAfter(long moment)
    {
        foreach (var (change, arrival) in _all)
            if (change > moment) return arrival;
        return 0;
    }

    /// <summary>A change became known.</summary>
    public void Add(List<long> changes, long change, long arrival)
    {
        if (change <= Newest) return;
        Newest = change;
        _all.Add((change, arrival));
        var delay = Stopwatch.GetElapsedTime(changes[_known], arrival);
        if (delay > _longest) _longest = delay;
        while (_known < changes.Count && changes[_known] <= change) _known++;
    }
}
