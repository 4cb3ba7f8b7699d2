namespace MetaCollector.Silo.Greetings;

/// <summary>Log messages about connections that could not be used.</summary>
internal static partial class StrangerLog
{
    [LoggerMessage(1017, LogLevel.Warning, "{Stranger}")]
    public static partial void Stranger(ILogger logger, string stranger);
}
