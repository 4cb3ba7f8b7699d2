namespace MetaCollector.Tests.Monitoring;

/// <summary>What a scrape of /metrics said, by metric. Immutable.</summary>
internal sealed class Exposition
{
    private readonly SortedDictionary<string, Metric> _metrics = new(StringComparer.Ordinal);

    /// <summary>Reads Prometheus' text format.</summary>
    public Exposition(string text)
    {
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var words = line.Split(' ', 4);
            if (line.StartsWith("# HELP ", StringComparison.Ordinal)) _metrics[words[2]] = new Metric(words[2], "", words[3], []);
            else if (line.StartsWith("# TYPE ", StringComparison.Ordinal)) _metrics[words[2]] = _metrics[words[2]] with { Type = words[3] };
            else MetricOf(line).Labels.UnionWith(LabelsOf(line));
        }
    }

    /// <summary>One metric. Immutable but for its labels, which fill while it is read.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="Type">counter, gauge or histogram.</param>
    /// <param name="Help">What it measures.</param>
    /// <param name="Labels">The names of the labels of its series.</param>
    internal sealed record Metric(string Name, string Type, string Help, SortedSet<string> Labels);

    /// <summary>All of them, by name.</summary>
    public IReadOnlyDictionary<string, Metric> Metrics => _metrics;

    private Metric MetricOf(string line)
    {
        var name = line[..line.AsSpan().IndexOfAny('{', ' ')];
        if (_metrics.TryGetValue(name, out var metric)) return metric;
        return _metrics[name[..name.LastIndexOf('_')]]; // A histogram's _bucket, _sum or _count.
    }

    private static IEnumerable<string> LabelsOf(string line)
    {
        var begin = line.IndexOf('{', StringComparison.Ordinal);
        if (begin < 0) yield break;
        foreach (var label in line[(begin + 1)..line.LastIndexOf('}')].Split("\",", StringSplitOptions.RemoveEmptyEntries))
        {
            var name = label[..label.IndexOf('=', StringComparison.Ordinal)];
            if (name != "le") yield return name;
        }
    }
}
