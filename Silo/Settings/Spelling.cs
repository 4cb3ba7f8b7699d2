namespace MetaCollector.Silo.Settings;

/// <summary>Suggests a known word for a misspelt one.</summary>
internal static class Spelling
{
    /// <summary>"; did you mean X?", or nothing where no known word is near.</summary>
    public static string Suggest(string word, IEnumerable<string> known)
    {
        var nearest = known.Select(candidate => (Word: candidate, Distance: Distance(word, candidate))).DefaultIfEmpty().MinBy(pair => pair.Distance);
        return nearest.Word is not null && nearest.Distance <= Math.Max(2, word.Length / 4) ? $"; did you mean {nearest.Word}?" : "";
    }

    /// <summary>Levenshtein's distance: how many letters to add, drop or change.</summary>
    private static int Distance(string first, string second)
    {
        var row = new int[second.Length + 1];
        for (var column = 0; column <= second.Length; column++) row[column] = column;
        for (var line = 1; line <= first.Length; line++)
        {
            var diagonal = row[0];
            row[0] = line;
            for (var column = 1; column <= second.Length; column++)
            {
                var cost = char.ToUpperInvariant(first[line - 1]) == char.ToUpperInvariant(second[column - 1]) ? 0 : 1;
                (diagonal, row[column]) = (row[column], Math.Min(Math.Min(row[column], row[column - 1]) + 1, diagonal + cost));
            }
        }

        return row[second.Length];
    }
}
