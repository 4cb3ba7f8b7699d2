namespace MetaCollector.Silo.Settings;

/// <summary>Collects all faults of the settings, to report them at once. Not thread-safe.</summary>
internal sealed class SettingFaults
{
    private readonly List<string> _lines = [];

    /// <summary>A line each: where, what is wrong, what to do.</summary>
    public IReadOnlyList<string> Lines => _lines;

    /// <param name="place">The flag, variable or key.</param>
    /// <param name="fault">What is wrong, and what to do about it.</param>
    public void Add(string place, string fault) => Add($"{place}: {fault}");

    public void Add(string line) => _lines.Add(line.ReplaceLineEndings(" "));
}
