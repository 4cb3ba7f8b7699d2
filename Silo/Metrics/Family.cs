using System.Collections.Concurrent;
using System.Globalization;

namespace MetaCollector.Silo.Metrics;

/// <summary>The type of a metric in Prometheus.</summary>
internal enum FamilyType
{
    /// <summary>It only rises.</summary>
    Counter,

    /// <summary>It rises and falls.</summary>
    Gauge,

    /// <summary>Counts values by bucket.</summary>
    Histogram,
}

/// <summary>All series of one metric. Thread-safe.</summary>
/// <param name="name">Its name, as Prometheus reads it.</param>
/// <param name="help">What it measures.</param>
/// <param name="type">Its type.</param>
/// <param name="bounds">The upper bounds of a histogram's buckets, rising; empty otherwise.</param>
internal sealed class Family(string name, string help, FamilyType type, double[] bounds)
{
    // Bounds the memory of a label that has unexpectedly many values.
    private const int MostSeries = 1000;

    private readonly ConcurrentDictionary<TagSet, Series> _series = new(new TagSet.Comparer());
    private int _hasDropped;

    public string Name => name;

    /// <summary>Forgets series that were observed at the last scrape, so that those of objects that are gone end.</summary>
    public void ForgetObserved()
    {
        foreach (var (tags, series) in _series)
            if (series.IsObserved) _series.TryRemove(tags, out _);
    }

    /// <summary>Adds to the series of these tags.</summary>
    /// <param name="value">How much.</param>
    /// <param name="tags">The series.</param>
    /// <param name="isObserved">Whether an observable instrument gave the value, for this scrape alone.</param>
    /// <returns>False where the series is new and there are too many already.</returns>
    public bool Add(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags, bool isObserved)
    {
        var lookup = _series.GetAlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>>();
        if (!lookup.TryGetValue(tags, out var series))
        {
            if (_series.Count >= MostSeries) return false;
            series = _series.GetOrAdd(new TagSet(tags.ToArray()), static (_, made) => made, new Series(bounds, isObserved));
        }

        series.Add(value);
        return true;
    }

    /// <summary>True at the first call, for the first value that is dropped.</summary>
    public bool IsFirstDrop() => Interlocked.Exchange(ref _hasDropped, 1) == 0;

    /// <summary>Writes it in Prometheus' text format; without series, its HELP and TYPE alone.</summary>
    /// <param name="output">The output.</param>
    /// <param name="known">The name to write.</param>
    /// <param name="label">A label to add to every series; empty for none.</param>
    public void Write(TextWriter output, string known, string label)
    {
        var word = type switch { FamilyType.Counter => "counter", FamilyType.Gauge => "gauge", _ => "histogram" };
        output.Write($"# HELP {known} {help.Replace("\\", @"\\", StringComparison.Ordinal).ReplaceLineEndings(" ")}\n# TYPE {known} {word}\n");
        foreach (var (labels, series) in _series.Select(pair => (Labels: LabelText.Of(pair.Key.Tags), pair.Value)).OrderBy(pair => pair.Labels, StringComparer.Ordinal))
            series.Write(output, known, label.Length == 0 || labels.Length == 0 ? label + labels : $"{label},{labels}", type == FamilyType.Histogram);
    }

    /// <summary>One series. Thread-safe.</summary>
    private sealed class Series(double[] bounds, bool isObserved)
    {
        private readonly Lock _lock = new();
        private readonly long[] _counts = new long[bounds.Length + 1];
        private double _sum;

        public bool IsObserved => isObserved;

        public void Add(double value)
        {
            lock (_lock)
            {
                _sum += value;
                if (bounds.Length == 0) return;
                var bucket = Array.BinarySearch(bounds, value);
                _counts[bucket < 0 ? ~bucket : bucket]++;
            }
        }

        public void Write(TextWriter output, string name, string labels, bool isHistogram)
        {
            long[] counts;
            double sum;
            lock (_lock) (counts, sum) = ([.. _counts], _sum);
            if (!isHistogram)
            {
                output.Write($"{name}{LabelText.Braced(labels)} {Number(sum)}\n");
                return;
            }

            var running = 0L;
            for (var i = 0; i < counts.Length; i++)
            {
                running += counts[i];
                var bound = i < bounds.Length ? Number(bounds[i]) : "+Inf";
                output.Write($"{name}_bucket{LabelText.Braced(LabelText.And(labels, $"le=\"{bound}\""))} {running}\n");
            }

            output.Write($"{name}_sum{LabelText.Braced(labels)} {Number(sum)}\n{name}_count{LabelText.Braced(labels)} {running}\n");
        }

        private static string Number(double value) => value switch
        {
            double.PositiveInfinity => "+Inf",
            double.NegativeInfinity => "-Inf",
            _ => value.ToString("R", CultureInfo.InvariantCulture),
        };
    }
}
