namespace MetaCollector.Gateway.Limits;

/// <summary>
/// Limits on what subscribers may use. Only what exceeds a limit is refused. Immutable; validated with <see cref="GatewayOptions"/>.
/// </summary>
public sealed record GatewayLimits
{
    /// <summary>
    /// How many streams may be open here, 1 or more; others are refused with UNAVAILABLE, and try again later. Default: 20,000,
    /// several times the nodes of the largest clusters. This many connections may be open, and a thousand more.
    /// </summary>
    public int MaxStreams { get; init; } = 20_000;

    /// <summary>
    /// How many streams may be open from one address, 1 or more; others are refused with UNAVAILABLE. Default: 1,000. Loopback is not
    /// counted: behind a sidecar every subscriber comes from there.
    /// </summary>
    public int MaxStreamsPerPeer { get; init; } = 1000;

    /// <summary>How many calls may be open on one connection, 1 or more; more wait in the client (HTTP/2). Default: 100.</summary>
    public int MaxStreamsPerConnection { get; init; } = 100;

    /// <summary>How large a request may be, in bytes, 1,024 to 4,194,304; a larger one is refused with RESOURCE_EXHAUSTED. Default: 65,536.</summary>
    public int MaxRequestBytes { get; init; } = 64 * 1024;

    /// <summary>How large the headers of a request may be, in bytes, 1,024 to 1,048,576; larger ones end it. Default: 16,384.</summary>
    public int MaxHeaderBytes { get; init; } = 16 * 1024;

    /// <summary>
    /// How many connections are accepted in a second, and in one burst after a quiet second, 1 to 1,000,000. Others wait, at most ten times this
    /// number; the rest is closed. Default: 1,000.
    /// </summary>
    public int ConnectionsPerSecond { get; init; } = 1000;

    /// <summary>How long the TLS handshake, and the headers of a request, may take, 1 s to 5 min. Default: 10 s.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>After how long a connection without a call is closed, 1 s to 1 h. Default: 2 min.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// How full the heap may be, in percent of what the runtime may use for it, 1 to 100, before new streams are refused with
    /// UNAVAILABLE; open streams go on. Default: 85; above 90 a small heap comes to a halt. In a container with a
    /// memory limit, the runtime uses three quarters of it.
    /// </summary>
    public int MemoryHighWater { get; init; } = 85;
}
