using System.Globalization;
using System.Text.RegularExpressions;
using MetaCollector.Tests.Support;

namespace MetaCollector.Tests.Monitoring;

/// <summary>The chart's alerts.</summary>
internal static partial class RuleFile
{
    /// <summary>The file, from the root.</summary>
    public const string Path = $"{Helm.Chart}/rules/alerts.yaml";

    /// <summary>Its text.</summary>
    public static string Text => Repository.Read(Path);

    /// <summary>The names of the alerts.</summary>
    public static IReadOnlyList<string> Alerts => [.. Alert().Matches(Text).Select(match => match.Groups[1].Value)];

    /// <summary>
    /// The same rules in a world where time runs faster: <c>for</c>, ranges, and what an age is compared with. Nothing else differs.
    /// </summary>
    public static string Hastened(int factor)
    {
        var text = Duration().Replace(Text, match => $"{match.Groups[1].Value}{Shorter(Seconds(match) / factor)}{match.Groups[4].Value}");
        return Age().Replace(text, match => $"{match.Groups[1].Value}{double.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture) / factor:0.###}");
    }

    // At least four scrapes.
    private static string Shorter(double seconds) => $"{Math.Max(2000, seconds * 1000):0}ms";

    private static double Seconds(Match match) =>
        double.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture) * (match.Groups[3].Value switch { "s" => 1, "m" => 60, _ => 3600 });

    [GeneratedRegex(@"- alert: (\w+)")]
    private static partial Regex Alert();

    [GeneratedRegex(@"(for: |\[)(\d+)([smh])(\]|$)", RegexOptions.Multiline)]
    private static partial Regex Duration();

    [GeneratedRegex(@"((?:age|pending)_seconds\) > )(\d+)")]
    private static partial Regex Age();
}
