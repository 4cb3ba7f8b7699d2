namespace MetaCollector.Silo.Hosting;

/// <summary>Log messages of the program itself.</summary>
internal static partial class Log
{
    [LoggerMessage(1001, LogLevel.Information, "metacollector {Version} (commit {Commit}) starts: {Clustering} clustering, cluster {Namespace}/{Name}")]
    public static partial void Starting(ILogger logger, string version, string commit, string clustering, string @namespace, string name);

    [LoggerMessage(1002, LogLevel.Information, "{What} at {Address}")]
    public static partial void Listening(ILogger logger, string what, string address);

    [LoggerMessage(1003, LogLevel.Information, "in sync with the API server: ready for subscribers")]
    public static partial void Ready(ILogger logger);

    [LoggerMessage(1004, LogLevel.Information, "{Signal}: stopping; streams have {Seconds} s to move elsewhere")]
    public static partial void Stopping(ILogger logger, string signal, double seconds);

    [LoggerMessage(1005, LogLevel.Information, "stopped")]
    public static partial void Stopped(ILogger logger);

    [LoggerMessage(1015, LogLevel.Warning, "a part of the program failed to stop; the program ends without it")]
    public static partial void StoppedInParts(ILogger logger, Exception exception);

    [LoggerMessage(1016, LogLevel.Warning, "a part of the program did not stop within {Seconds} s; the program ends without it")]
    public static partial void StopTakesTooLong(ILogger logger, double seconds);

    [LoggerMessage(1006, LogLevel.Warning, "environment variable {Name} is no setting of this program, and is ignored{Suggestion}")]
    public static partial void UnknownVariable(ILogger logger, string name, string suggestion);

    [LoggerMessage(1007, LogLevel.Warning, "still {Reason}")]
    public static partial void StillNotReady(ILogger logger, string reason);

    [LoggerMessage(1009, LogLevel.Debug, "cannot start")]
    public static partial void CannotStart(ILogger logger, Exception exception);

    [LoggerMessage(1010, LogLevel.Information, "certificate {File} was replaced: new connections get the new one")]
    public static partial void CertificateRenewed(ILogger logger, string file);

    [LoggerMessage(1011, LogLevel.Error, "certificate {File} was replaced by one that cannot be used, so the old one stays: {Reason}")]
    public static partial void CertificateNotRenewed(ILogger logger, string file, string reason);

    [LoggerMessage(1013, LogLevel.Warning, "replicas talk to each other in plaintext, and their port {Port} takes connections from anybody: "
        + "give --silo-cert, --silo-key and --silo-ca, or keep strangers off with a NetworkPolicy")]
    public static partial void SilosPlaintext(ILogger logger, int port);

    [LoggerMessage(1012, LogLevel.Warning, "metric {Metric} has as many series as one may have: new ones are dropped until this replica starts again; please report it")]
    public static partial void SeriesDropped(ILogger logger, string metric);

    [LoggerMessage(1014, LogLevel.Warning, "another replica is refused: its certificate, of {Subject}, {Reason}")]
    public static partial void ReplicaRefused(ILogger logger, string subject, string reason);
}
