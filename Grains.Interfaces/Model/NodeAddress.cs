using System.Net;

namespace MetaCollector.Grains.Interfaces.Model;

/// <summary>The canonical spelling of an address, so that an address in a pod's status equals the address of a connection: IPv4 as such, IPv6 in its short form, without a zone.</summary>
public static class NodeAddress
{
    private const int MaxLength = 64;

    /// <summary>The spelling of the address of a connection.</summary>
    public static string Of(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return Plain(address).ToString();
    }

    /// <summary>The spelling of an address in an object; null if the text is not an address.</summary>
    public static string? Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length == 0 || !IPAddress.TryParse(text, out var address)) return null;
        Span<char> spelling = stackalloc char[MaxLength];
        var plain = Plain(address);
        return plain.TryFormat(spelling, out var length) && spelling[..length].SequenceEqual(text) ? text : plain.ToString();
    }

    /// <summary>The address without a zone, and as IPv4 if it is mapped into IPv6.</summary>
    public static IPAddress Plain(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (address.IsIPv4MappedToIPv6) return address.MapToIPv4();
        return address is { AddressFamily: System.Net.Sockets.AddressFamily.InterNetworkV6, ScopeId: not 0 } ? new IPAddress(address.GetAddressBytes()) : address;
    }
}
