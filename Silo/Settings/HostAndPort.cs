namespace MetaCollector.Silo.Settings;

/// <summary>Addresses to connect to: <c>HOST:PORT</c>, an IPv6 address in brackets.</summary>
internal static class HostAndPort
{
    /// <summary>Whether the text has a port; a URL without one would mean 80 or 443.</summary>
    public static bool HasPort(string text) => text.LastIndexOf(':') > text.LastIndexOf(']');
}
