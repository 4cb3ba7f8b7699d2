using System.Globalization;

namespace MetaCollector.ApiServer.Requests;

/// <summary>How HTTP/2 connections are checked, as in client-go and by the same variables. Immutable.</summary>
/// <param name="OffersHttp2">Whether HTTP/2 is offered at all.</param>
/// <param name="Delay">After how long without a frame the client sends a PING; infinite for never.</param>
/// <param name="Timeout">How long the server may take to answer it.</param>
internal sealed record KeepAlive(bool OffersHttp2, TimeSpan Delay, TimeSpan Timeout)
{
    /// <summary>The HTTP/2 window of a stream, in bytes.</summary>
    public const int StreamWindow = 1024 * 1024;

    public static KeepAlive OfEnvironment { get; } = Of(Environment.GetEnvironmentVariable);

    public static KeepAlive Of(Func<string, string?> variable)
    {
        return new(
            string.IsNullOrEmpty(variable("DISABLE_HTTP2")),
            Seconds("HTTP2_READ_IDLE_TIMEOUT_SECONDS", 30) is > 0 and var delay ? TimeSpan.FromSeconds(delay) : System.Threading.Timeout.InfiniteTimeSpan,
            TimeSpan.FromSeconds(Math.Max(1, Seconds("HTTP2_PING_TIMEOUT_SECONDS", 15))));

        int Seconds(string name, int standard) =>
            int.TryParse(variable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds < 86_400 ? seconds : standard;
    }
}
