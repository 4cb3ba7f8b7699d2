using System.Net;
using System.Net.Sockets;

namespace MetaCollector.Silo.Settings;

/// <summary>Checks that the program can listen at its addresses, before it starts.</summary>
internal static class Ports
{
    /// <summary>How the fault ends where the address is not this machine's.</summary>
    public const string NoAddressOfOurs = "is no address of this machine";

    /// <returns>What is wrong with it; null where nothing is.</returns>
    public static string? Check(BindAddress address)
    {
        if (address.Port == 0) return null;
        try
        {
            if (address.Host is { } host) Try(host, address.Port);
            else if (Socket.OSSupportsIPv6) Try(IPAddress.IPv6Any, address.Port);
            else Try(IPAddress.Any, address.Port);
            return null;
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse => $"port {address.Port} is in use by another program; stop it, or choose another port",
                SocketError.AddressNotAvailable => $"{address.Host} {NoAddressOfOurs}",
                SocketError.AccessDenied => $"not allowed to listen at port {address.Port}; choose one above 1023",
                _ => $"cannot listen at {address}: {exception.Message}",
            };
        }
    }

    /// <summary>A free port of 127.0.0.1: Orleans cannot take port 0.</summary>
    public static int Free()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private static void Try(IPAddress host, int port)
    {
        using var socket = new Socket(host.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        if (host.Equals(IPAddress.IPv6Any)) socket.DualMode = true;
        socket.Bind(new IPEndPoint(host, port));
        socket.Listen(1);
    }
}
