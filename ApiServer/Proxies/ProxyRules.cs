using System.Net;
using System.Net.Sockets;

namespace MetaCollector.ApiServer.Proxies;

/// <summary>
/// Which proxy leads to which server, by the environment and the rules of Go's <c>golang.org/x/net/http/httpproxy</c>, which
/// kubectl and every other Go program follow. Loopback is always reached directly. Immutable.
/// </summary>
internal sealed class ProxyRules
{
    private readonly Proxy? _http;
    private readonly Proxy? _https;
    private readonly List<IPNetwork> _networks = [];
    private readonly List<(IPAddress Address, string? Port)> _addresses = [];
    private readonly List<(string Suffix, bool Itself, string? Port)> _names = [];
    private readonly bool _never;

    /// <param name="http">The proxy for http; null or empty for none.</param>
    /// <param name="https">The proxy for https.</param>
    /// <param name="except">What is reached directly (NO_PROXY): networks, addresses, names, suffixes, each with a port or not; <c>*</c> for everything.</param>
    public ProxyRules(Proxy? http, Proxy? https, string? except)
    {
        (_http, _https) = (http, https);
        foreach (var given in (except ?? "").Split(','))
        {
            var entry = given.Trim().ToLowerInvariant();
            if (entry == "*") _never = true;
            else if (entry.Length > 0) Add(entry);
        }
    }

    /// <summary>The rules of an environment, whose variables may be in lower case. A proxy whose address cannot be read is ignored.</summary>
    public static ProxyRules Of(Func<string, string?> variable)
    {
        return new(Named("HTTP_PROXY"), Named("HTTPS_PROXY"), Any("NO_PROXY").Value);

        (string Name, string? Value) Any(string name) =>
            variable(name) is { Length: > 0 } value ? (name, value) : (name.ToLowerInvariant(), variable(name.ToLowerInvariant()));

        Proxy? Named(string name)
        {
            var (found, value) = Any(name);
            return string.IsNullOrEmpty(value) ? null : Proxy.TryParse(value, found);
        }
    }

    /// <summary>The proxy for a server; null where the server is reached directly.</summary>
    public Proxy? For(Uri server)
    {
        var proxy = server.Scheme == Uri.UriSchemeHttps ? _https : _http;
        if (proxy is null || _never) return null;
        var host = server.IdnHost.Trim('[', ']').ToLowerInvariant();
        return host == "localhost" || (TryAddress(host) is { } address ? IsExempt(address, server.Port) : IsExempt(host, server.Port)) ? null : proxy;
    }

    private bool IsExempt(IPAddress address, int port) => IPAddress.IsLoopback(address)
        || _networks.Any(network => network.Contains(address))
        || _addresses.Any(exempt => exempt.Address.Equals(address) && Fits(exempt.Port, port))
        || IsExempt(address.ToString(), port);

    private bool IsExempt(string host, int port) => _names.Any(name => Fits(name.Port, port)
        && (host.EndsWith(name.Suffix, StringComparison.Ordinal) || (name.Itself && host == name.Suffix[1..])));

    private static bool Fits(string? asked, int port) => asked is null || asked == $"{port}";

    private void Add(string entry)
    {
        if (TryNetwork(entry) is { } network)
        {
            _networks.Add(network);
            return;
        }

        var (host, port) = Split(entry);
        if (host.Length == 0) return;
        if (TryAddress(host) is { } address)
        {
            _addresses.Add((address, port));
            return;
        }

        if (host.StartsWith("*.", StringComparison.Ordinal)) host = host[1..];
        // "a.b" matches a.b and x.a.b; ".a.b" matches x.a.b alone.
        var itself = host[0] != '.';
        _names.Add((itself ? "." + host : host, itself, port));
    }

    private static (string Host, string? Port) Split(string entry)
    {
        if (entry.StartsWith('['))
        {
            var end = entry.IndexOf(']', StringComparison.Ordinal);
            if (end < 0) return (entry, null);
            return (entry[1..end], entry.Length > end + 1 && entry[end + 1] == ':' ? entry[(end + 2)..] : null);
        }

        var colon = entry.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 || colon != entry.LastIndexOf(':') ? (entry, null) : (entry[..colon], entry[(colon + 1)..]);
    }

    private static IPNetwork? TryNetwork(string entry)
    {
        var slash = entry.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0 || TryAddress(entry[..slash]) is not { } address) return null;
        var longest = address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        return int.TryParse(entry[(slash + 1)..], out var length) && length >= 0 && length <= longest
            ? new IPNetwork(Masked(address, length), length)
            : null;
    }

    private static IPAddress Masked(IPAddress address, int length)
    {
        var octets = address.GetAddressBytes();
        for (var bit = length; bit < octets.Length * 8; bit++) octets[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        return new IPAddress(octets);
    }

    // .NET also takes 127.1 and 0x7f000001 for addresses; Go does not.
    private static IPAddress? TryAddress(string text)
    {
        if (!IPAddress.TryParse(text, out var address)) return null;
        if (address.AddressFamily == AddressFamily.InterNetwork) return text.Count(letter => letter == '.') == 3 ? address : null;
        return address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
    }
}
