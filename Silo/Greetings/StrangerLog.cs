namespace MetaCollector.Silo.Greetings;

/// <summary>What an operator is told of connections that could not be used.</summary>
internal static partial class StrangerLog
{
    [LoggerMessage(1015, LogLevel.Warning, "{Stranger}")]
    public static partial void Stranger(ILogger logger, string stranger);
}
