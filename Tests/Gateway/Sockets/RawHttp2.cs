using System.Net.Sockets;
using System.Text;
using MetaCollector.Tests.Support;

namespace MetaCollector.Tests.Gateway.Sockets;

/// <summary>A client that speaks HTTP/2 by hand, for what a well-behaved one never says: it ignores what the server asks of it.</summary>
internal sealed class RawHttp2 : IDisposable
{
    private const byte EndHeaders = 4;

    private readonly TcpClient _client = new();

    /// <summary>Connects, and says that it speaks HTTP/2.</summary>
    public static async Task<RawHttp2> ConnectAsync(Uri server)
    {
        var made = new RawHttp2();
        await made._client.ConnectAsync(server.Host, server.Port);
        await made.SendAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0"u8.ToArray());
        return made;
    }

    /// <summary>Sends the headers of a call to Watch, with more of them; where they are not all, the server has to wait for the rest.</summary>
    public Task CallAsync(IEnumerable<(string Name, string Value)> more, bool areAll = true)
    {
        using var block = new MemoryStream();
        (string Name, string Value)[] headers =
            [(":method", "POST"), (":scheme", "http"), (":path", "/metadata.Metadata/Watch"), (":authority", "localhost"), ("content-type", "application/grpc")];
        foreach (var (name, value) in headers.Concat(more))
        {
            // RFC 7541, 6.2.2: a literal, neither indexed nor compressed.
            block.WriteByte(0);
            Write(block, name);
            Write(block, value);
        }

        byte[] payload = block.ToArray();
        return SendAsync([(byte)(payload.Length >> 16), (byte)(payload.Length >> 8), (byte)payload.Length, 1, areAll ? EndHeaders : (byte)0, 0, 0, 0, 1, .. payload]);
    }

    /// <summary>The status of the server's answer, or "closed" where it closes the connection.</summary>
    public async Task<string> AnswerAsync()
    {
        const int HeaderLength = 9, Headers = 1;
        var stream = _client.GetStream();
        var frame = new byte[HeaderLength];
        using var patience = new CancellationTokenSource(CallReading.Patience);
        try
        {
            while (true)
            {
                await stream.ReadExactlyAsync(frame, patience.Token);
                var payload = new byte[frame[0] << 16 | frame[1] << 8 | frame[2]];
                await stream.ReadExactlyAsync(payload, patience.Token);
                // Kestrel writes a rare status as it is, behind its length.
                if (frame[3] == Headers) return Encoding.ASCII.GetString(payload, payload.AsSpan().IndexOf((byte)3) + 1, 3);
            }
        }
        catch (Exception exception) when (exception is IOException)
        {
            return "closed";
        }
    }

    public void Dispose() => _client.Dispose();

    private Task SendAsync(byte[] bytes) => _client.GetStream().WriteAsync(bytes).AsTask();

    // RFC 7541, 5.1 and 5.2: the length in seven bits, and in more bytes where it does not fit.
    private static void Write(MemoryStream block, string text)
    {
        const int Fits = 127;
        block.WriteByte((byte)Math.Min(text.Length, Fits));
        if (text.Length >= Fits)
        {
            var rest = text.Length - Fits;
            for (; rest >= 128; rest >>= 7) block.WriteByte((byte)(rest & 127 | 128));
            block.WriteByte((byte)rest);
        }

        block.Write(Encoding.ASCII.GetBytes(text));
    }
}
