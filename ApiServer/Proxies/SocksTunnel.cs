using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MetaCollector.ApiServer.Proxies;

/// <summary>Asks a SOCKS5 proxy for a tunnel to a server (RFC 1928, with the passwords of RFC 1929). The proxy resolves names.</summary>
internal static class SocksTunnel
{
    private const byte Version = 5;
    private const byte NoAuthentication = 0;
    private const byte ByPassword = 2;

    /// <summary>Opens the tunnel; from then on the stream leads to the server.</summary>
    /// <exception cref="IOException">The proxy refuses.</exception>
    public static async Task OpenAsync(Stream stream, string host, int port, (string User, string Password)? account, CancellationToken cancellation)
    {
        await stream.WriteAsync(account is null ? [Version, 1, NoAuthentication] : new byte[] { Version, 2, NoAuthentication, ByPassword }, cancellation);
        var chosen = await ReadAsync(stream, 2, cancellation);
        if (chosen[0] != Version) throw new IOException("does not speak SOCKS5");
        if (chosen[1] == ByPassword && account is var (user, password)) await SignInAsync(stream, user, password, cancellation);
        else if (chosen[1] != NoAuthentication) throw new IOException(account is null ? "asks for a user and password: put them in its address" : "wants another way of signing in");

        await stream.WriteAsync(Request(host, port), cancellation);
        var answer = await ReadAsync(stream, 4, cancellation);
        if (answer[1] != 0) throw new IOException($"refused {host}:{port}: {Reason(answer[1])}");
        // The address that the proxy connects from is read and ignored.
        var length = answer[3] switch
        {
            1 => 4,
            4 => 16,
            _ => (await ReadAsync(stream, 1, cancellation))[0],
        };
        await ReadAsync(stream, length + 2, cancellation);
    }

    private static byte[] Request(string host, int port)
    {
        byte[] address;
        if (IPAddress.TryParse(host, out var ip))
        {
            address = [ip.AddressFamily == AddressFamily.InterNetwork ? (byte)1 : (byte)4, .. ip.GetAddressBytes()];
        }
        else
        {
            var name = Encoding.ASCII.GetBytes(host);
            if (name.Length > 255) throw new IOException($"cannot be asked for {host}: the name is too long");
            address = [3, (byte)name.Length, .. name];
        }

        return [Version, 1, 0, .. address, (byte)(port >> 8), (byte)port];
    }

    private static async Task SignInAsync(Stream stream, string user, string password, CancellationToken cancellation)
    {
        var (name, secret) = (Encoding.UTF8.GetBytes(user), Encoding.UTF8.GetBytes(password));
        if (name.Length > 255 || secret.Length > 255) throw new IOException("cannot be told a user or password of more than 255 bytes");
        await stream.WriteAsync(new byte[] { 1, (byte)name.Length }.Concat(name).Append((byte)secret.Length).Concat(secret).ToArray(), cancellation);
        if ((await ReadAsync(stream, 2, cancellation))[1] != 0) throw new IOException("refused its user and password");
    }

    private static async Task<byte[]> ReadAsync(Stream stream, int count, CancellationToken cancellation)
    {
        var octets = new byte[count];
        var read = await stream.ReadAtLeastAsync(octets, count, throwOnEndOfStream: false, cancellation);
        return read == count ? octets : throw new IOException("closed the connection: is it a SOCKS5 proxy?");
    }

    private static string Reason(byte code) => code switch
    {
        1 => "general failure",
        2 => "not allowed by its rules",
        3 => "network unreachable",
        4 => "host unreachable",
        5 => "connection refused",
        6 => "TTL expired",
        7 => "it cannot connect",
        8 => "it does not know this sort of address",
        _ => $"reason {code}",
    };
}
