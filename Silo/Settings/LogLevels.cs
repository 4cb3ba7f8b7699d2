using System.Collections.Immutable;

namespace MetaCollector.Silo.Settings;

/// <summary>The least severe levels that are logged. Immutable.</summary>
/// <param name="All">For categories without a level of their own.</param>
public sealed record LogLevels(LogLevel All)
{
    // The categories of this program's parts, which may be written without their common prefix.
    private static readonly string[] Parts = ["Clustering", "Gateway", "Grains", "Informer", "Silo"];

    /// <summary>Categories with a level of their own: it applies to all categories that begin with the name.</summary>
    public ImmutableSortedDictionary<string, LogLevel> Categories { get; private init; } = ImmutableSortedDictionary<string, LogLevel>.Empty;

    /// <summary>These levels, and one for a category.</summary>
    /// <param name="category">Its name, as the log has it; of this program's own, <c>MetaCollector.</c> may be left out.</param>
    /// <param name="level">Its level.</param>
    public LogLevels With(string category, LogLevel level)
    {
        var isOurs = Parts.Contains(category.Split('.', 2)[0], StringComparer.Ordinal);
        return this with { Categories = Categories.SetItem(isOurs ? $"MetaCollector.{category}" : category, level) };
    }

    /// <summary>Reads the word for a level.</summary>
    public static bool TryParse(string word, out LogLevel level)
    {
        LogLevel? found = word.ToLowerInvariant() switch
        {
            "trace" => LogLevel.Trace,
            "debug" => LogLevel.Debug,
            "info" or "information" => LogLevel.Information,
            "warn" or "warning" => LogLevel.Warning,
            "error" => LogLevel.Error,
            _ => null,
        };
        level = found ?? default;
        return found is not null;
    }
}
