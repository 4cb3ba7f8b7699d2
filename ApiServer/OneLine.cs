namespace MetaCollector.ApiServer;

/// <summary>Makes one line of text that a file, a server or a library wrote.</summary>
internal static class OneLine
{
    private const int Longest = 1000;

    /// <summary>The text with a single blank in place of blanks, line ends and control characters; what follows the first 1,000 characters is cut off.</summary>
    public static string Of(string text)
    {
        var words = string.Concat(text.Select(sign => char.IsControl(sign) ? ' ' : sign)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var line = string.Join(' ', words);
        return line.Length <= Longest ? line : $"{line[..Longest]}…";
    }
}
