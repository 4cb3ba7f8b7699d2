namespace MetaCollector.Silo.Settings;

/// <summary>Addresses to connect to, as people write them: <c>HOST:PORT</c>, an IPv6 address in brackets.</summary>
internal static class HostAndPort
{
    /// <summary>Whether a port is said; without one, a URL would mean the web's.</summary>
    public static bool HasPort(string text) => text.LastIndexOf(':') > text.LastIndexOf(']');
}
