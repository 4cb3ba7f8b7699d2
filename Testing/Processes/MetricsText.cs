using System.Globalization;

namespace MetaCollector.Testing.Processes;

/// <summary>Reads single figures from what /metrics says.</summary>
public static class MetricsText
{
    /// <summary>The sum over all series of a metric; 0 where there is none.</summary>
    /// <param name="metrics">The whole text.</param>
    /// <param name="name">Name of the metric.</param>
    /// <param name="label">Only series with this label, e.g. <c>grain="NodeGrain"</c>; null for all.</param>
    public static double Sum(string metrics, string name, string? label = null)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        var sum = 0.0;
        foreach (var line in metrics.AsSpan().EnumerateLines())
        {
            if (!line.StartsWith(name, StringComparison.Ordinal) || line.Length == name.Length || line[name.Length] is not (' ' or '{')) continue;
            if (label is null || line.Contains(label, StringComparison.Ordinal)) sum += double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture);
        }

        return sum;
    }
}
