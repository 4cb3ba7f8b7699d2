namespace MetaCollector.ApiServer.Configuration;

/// <summary>
/// The configuration that says how to reach the API server is missing or wrong. The message is one line for a human: which file,
/// what is wrong with it, what to do.
/// </summary>
/// <param name="message">The line.</param>
/// <param name="innerException">What was behind it, if anything.</param>
public sealed class ConnectionException(string message, Exception? innerException = null) : Exception(Line(message), innerException)
{
    private const int Longest = 1000;

    // What it quotes comes from a file, and may be anything.
    private static string Line(string message)
    {
        var line = string.Concat(message.ReplaceLineEndings(" ").Select(sign => char.IsControl(sign) ? ' ' : sign));
        return line.Length <= Longest ? line : $"{line[..Longest]}…";
    }
}
