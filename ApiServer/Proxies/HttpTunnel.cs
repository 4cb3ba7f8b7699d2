using System.Globalization;
using System.Text;

namespace MetaCollector.ApiServer.Proxies;

/// <summary>Asks an HTTP proxy for a tunnel to a server (<c>CONNECT</c>, RFC 9110, 9.3.6).</summary>
internal static class HttpTunnel
{
    private const int LongestAnswer = 16 * 1024;

    /// <summary>Opens the tunnel; from then on the stream leads to the server.</summary>
    /// <exception cref="IOException">The proxy refuses.</exception>
    public static async Task OpenAsync(Stream stream, string host, int port, string? authorization, string userAgent, CancellationToken cancellation)
    {
        var authority = host.Contains(':', StringComparison.Ordinal) ? $"[{host}]:{port}" : $"{host}:{port}";
        var request = $"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\nUser-Agent: {userAgent}\r\n"
            + (authorization is null ? "" : $"Proxy-Authorization: {authorization}\r\n") + "\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request), cancellation);
        await stream.FlushAsync(cancellation);
        var status = await ReadStatusAsync(stream, cancellation);
        var parts = status.Split(' ', 3);
        if (parts.Length < 2 || !parts[0].StartsWith("HTTP/", StringComparison.Ordinal)
            || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var code))
        {
            throw new IOException($"answered CONNECT {authority} with '{Shortened(status)}': is it an HTTP proxy?");
        }

        if (code is < 200 or > 299) throw new IOException($"refused CONNECT {authority}: {Shortened(status[(parts[0].Length + 1)..])}");
    }

    // Byte by byte: the bytes behind the headers are the server's.
    private static async Task<string> ReadStatusAsync(Stream stream, CancellationToken cancellation)
    {
        var answer = new StringBuilder();
        var octet = new byte[1];
        while (answer.Length < LongestAnswer)
        {
            if (await stream.ReadAsync(octet, cancellation) == 0) throw new IOException("closed the connection instead of answering CONNECT");
            answer.Append((char)octet[0]);
            if (octet[0] != '\n') continue;
            var text = answer.ToString();
            if (text.EndsWith("\r\n\r\n", StringComparison.Ordinal) || text.EndsWith("\n\n", StringComparison.Ordinal)) return text.Split('\n')[0].Trim();
        }

        throw new IOException("sent an answer to CONNECT without an end");
    }

    private static string Shortened(string text) =>
        new([.. text.Take(100).Select(letter => char.IsControl(letter) || letter > '~' ? '?' : letter)]);
}
