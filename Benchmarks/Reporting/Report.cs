using System.Globalization;
using System.Text.Json;
using MetaCollector.Testing.Oracle;

namespace MetaCollector.Benchmarks.Reporting;

/// <summary>What a run measured: printed as a table for people, then as one line of JSON for programs.</summary>
internal sealed class Report(string title)
{
    private readonly List<(string Name, double Value, string Unit)> _rows = [];

    /// <summary>Adds a figure; one that was not measured (NaN) is left out.</summary>
    public void Add(string name, double value, string unit)
    {
        if (!double.IsNaN(value)) _rows.Add((name, value, unit));
    }

    /// <summary>Adds memory, given in bytes.</summary>
    public void AddMemory(string name, double bytes) => Add(name, bytes / (1024 * 1024), "MiB");

    /// <summary>Adds a row for each way in which subscribers deviated from what they should hold.</summary>
    public void Add(Deviations deviations)
    {
        Add("missing", deviations.Missing, "");
        Add("extra", deviations.Extra, "");
        Add("stale", deviations.Stale, "");
        Add("illegal", deviations.Illegal, "");
        Add("dangling", deviations.Dangling, "");
    }

    /// <summary>Prints everything.</summary>
    public void Print(TextWriter output)
    {
        output.WriteLine(title);
        var width = _rows.Count == 0 ? 0 : _rows.Max(row => row.Name.Length);
        foreach (var (name, value, unit) in _rows)
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {name.PadRight(width)}  {value,12:N2} {unit}"));
        output.WriteLine(JsonSerializer.Serialize(_rows.ToDictionary(row => $"{row.Name} ({row.Unit})", row => Math.Round(row.Value, 3))));
    }
}
