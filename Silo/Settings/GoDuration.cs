using System.Globalization;
using System.Text.RegularExpressions;

namespace MetaCollector.Silo.Settings;

/// <summary>Reads durations as Go programs write them: <c>500ms</c>, <c>10s</c>, <c>1m30s</c>, <c>0</c>.</summary>
internal static partial class GoDuration
{
    /// <summary>Reads a duration of at most a day, not negative.</summary>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        if (text == "0") return true;
        var match = Shape().Match(text);
        if (!match.Success || match.Length == 0) return false;
        var seconds = match.Groups["number"].Captures.Zip(match.Groups["unit"].Captures, (number, unit) =>
            double.Parse(number.ValueSpan, CultureInfo.InvariantCulture) * unit.Value switch { "ms" => 0.001, "s" => 1, "m" => 60, _ => 3600 }).Sum();
        if (seconds > TimeSpan.SecondsPerDay) return false;
        duration = TimeSpan.FromSeconds(seconds);
        return true;
    }

    [GeneratedRegex(@"^((?<number>[0-9]{1,9}(\.[0-9]{1,9})?)(?<unit>ms|s|m|h))+\z")]
    private static partial Regex Shape();
}
