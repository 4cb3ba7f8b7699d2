using System.Globalization;
using System.Net;

namespace MetaCollector.Silo.Settings;

/// <summary>
/// An address to listen at, written as Go programs take it: <c>:8080</c>, <c>0.0.0.0:8080</c>, <c>127.0.0.1:8080</c>,
/// <c>[::1]:8080</c>, <c>localhost:8080</c>. Port 0 means any free port. Immutable.
/// </summary>
/// <param name="Host">The IP address; null for all addresses of this machine.</param>
/// <param name="Port">The port, 0 to 65535.</param>
public sealed record BindAddress(IPAddress? Host, int Port)
{
    /// <summary>Reads an address.</summary>
    /// <param name="text">The text.</param>
    /// <param name="address">The address; null after a fault.</param>
    /// <returns>What is wrong with it; null where nothing is.</returns>
    public static string? Parse(string text, out BindAddress? address)
    {
        address = null;
        var colon = text.LastIndexOf(':');
        if (colon < 0) return $"'{text}' has no port; write :8080 or 127.0.0.1:8080";
        var (host, port) = (text[..colon], text[(colon + 1)..]);
        if (!int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number > IPEndPoint.MaxPort)
            return $"'{port}' is not a port; write a number up to 65535";
        if (!TryParseHost(host, out var ip))
            return $"'{host}' is not an IP address; write :{port} for all addresses, 127.0.0.1:{port}, or [::1]:{port}";
        address = new BindAddress(ip, number);
        return null;
    }

    /// <summary>Whether one process cannot listen at both.</summary>
    public bool Collides(BindAddress other) =>
        Port != 0 && Port == other.Port && (IsAny || other.IsAny || Equals(Host, other.Host));

    /// <inheritdoc/>
    public override string ToString() => Host is null ? $":{Port}" : new IPEndPoint(Host, Port).ToString();

    private bool IsAny => Host is null || Host.Equals(IPAddress.Any) || Host.Equals(IPAddress.IPv6Any);

    private static bool TryParseHost(string text, out IPAddress? host)
    {
        host = null;
        if (text.Length == 0) return true;
        if (text == "localhost") host = IPAddress.Loopback;
        else if (text.StartsWith('[') && text.EndsWith(']') && IPAddress.TryParse(text[1..^1], out var six)) host = six;
        else if (text.Count(sign => sign == '.') == 3 && IPAddress.TryParse(text, out var four)) host = four;
        return host is not null;
    }
}
