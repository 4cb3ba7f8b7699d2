using System.Globalization;

namespace MetaCollector.Testing.Processes;

/// <summary>Reads single figures from what /metrics says.</summary>
public static class MetricsText
{
    /// <summary>The sum over all series of a metric.</summary>
    /// <param name="metrics">The whole text.</param>
    /// <param name="name">Name of the metric.</param>
    /// <param name="label">Only series with this label, e.g. <c>grain="node"</c>; null for all.</param>
    /// <exception cref="KeyNotFoundException">There is no such series: its name is another.</exception>
    public static double Sum(string metrics, string name, string? label = null)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        var (sum, found) = (0.0, false);
        foreach (var line in metrics.AsSpan().EnumerateLines())
        {
            if (!line.StartsWith(name, StringComparison.Ordinal) || line.Length == name.Length || line[name.Length] is not (' ' or '{')) continue;
            if (label is not null && !line.Contains(label, StringComparison.Ordinal)) continue;
            sum += double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture);
            found = true;
        }

        return found ? sum : throw new KeyNotFoundException($"/metrics says nothing of {name} {label}");
    }
}
