using Microsoft.Extensions.Logging;

namespace MetaCollector.ApiServer;

/// <summary>Log messages about the connection to the API server.</summary>
internal static partial class Log
{
    [LoggerMessage(3001, LogLevel.Warning, "cannot renew the credentials for the API server: {reason}; the old ones stay in use")]
    public static partial void CannotRenew(ILogger logger, string reason);

    [LoggerMessage(3030, LogLevel.Warning,
        "the certificate of the API server at {url} is not verified, since insecure-skip-tls-verify is set: anybody on the network between can read and change everything")]
    public static partial void NotVerified(ILogger logger, Uri url);

    [LoggerMessage(3031, LogLevel.Information, "the API server at {url} is reached through the {proxy}")]
    public static partial void ByProxy(ILogger logger, Uri url, string proxy);
}
