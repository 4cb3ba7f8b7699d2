using System.Text.RegularExpressions;

namespace MetaCollector.Tests.Install;

/// <summary>A value of the chart as its <c>values.yaml</c> documents it.</summary>
/// <param name="Path">Names joined by dots.</param>
/// <param name="Default">The default, on one line.</param>
/// <param name="Description">The comment above it, without its <c># --</c>.</param>
internal sealed partial record ChartValue(string Path, string Default, string Description)
{
    /// <summary>
    /// Reads the documented values of a file. A documented value that holds others stands for them all, unless they are documented too.
    /// </summary>
    public static IReadOnlyList<ChartValue> Parse(string yaml)
    {
        var values = new List<ChartValue>();
        var parents = new Stack<(int Indent, string Path)>();
        string? description = null;
        foreach (var line in yaml.Split('\n'))
        {
            if (Comment().Match(line) is { Success: true } comment)
            {
                description = comment.Groups["text"].Value;
                continue;
            }

            if (Key().Match(line) is not { Success: true } key) continue;
            var indent = key.Groups["indent"].Length;
            while (parents.TryPeek(out var parent) && parent.Indent >= indent) parents.Pop();
            var path = parents.TryPeek(out var above) ? $"{above.Path}.{key.Groups["name"].Value}" : key.Groups["name"].Value;
            if (description is not null) values.Add(new ChartValue(path, key.Groups["value"].Value, description));
            description = null;
            parents.Push((indent, path));
        }

        return values;
    }

    [GeneratedRegex(@"^ *# -- (?<text>.*)$")]
    private static partial Regex Comment();

    [GeneratedRegex(@"^(?<indent> *)(?<name>[A-Za-z-]+):(?: (?<value>.*))?$")]
    private static partial Regex Key();
}
