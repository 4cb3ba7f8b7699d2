using System.Buffers.Binary;
using System.Text;
using Google.Protobuf;
using MetaCollector.Gateway.Wire;

namespace MetaCollector.Benchmarks.Load;

/// <summary>The few frames of HTTP/2 (RFC 9113) that one gRPC call over one connection needs, as bytes.</summary>
internal static class Http2Wire
{
    public const int FrameHeader = 9;
    public const byte Data = 0, Headers = 1, ResetStream = 3, Settings = 4, Ping = 6, GoAway = 7, WindowUpdate = 8;
    public const byte EndStream = 0x1, Ack = 0x1, EndHeaders = 0x4, Padded = 0x8;

    /// <summary>Largest frame that a peer may send while nothing else was agreed.</summary>
    public const int LargestFrame = FrameHeader + 16_384;

    /// <summary>How much a peer may send unacknowledged while nothing else was agreed, for a stream and for the connection.</summary>
    public const int Window = 65_535;

    private static readonly byte[] Preface = Encoding.ASCII.GetBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

    /// <summary>All that a client says until it has called <c>metadata.Metadata/Watch</c> on stream 1.</summary>
    public static byte[] Watch(string authority, Selector selector)
    {
        var headers = new MemoryStream();
        // Static table of HPACK (RFC 7541): :method POST, :scheme http; then names from the table with literal values.
        headers.Write([0x83, 0x86]);
        Literal(headers, [0x04], "/metadata.Metadata/Watch");
        Literal(headers, [0x01], authority);
        Literal(headers, [0x0f, 0x10], "application/grpc");
        headers.WriteByte(0x00);
        Text(headers, "te");
        Text(headers, "trailers");

        var message = selector.ToByteArray();
        var body = new byte[5 + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(body.AsSpan(1), message.Length);
        message.CopyTo(body, 5);
        return
        [
            .. Preface, .. Frame(Settings, 0, 0, []), .. Frame(Headers, EndHeaders, 1, headers.ToArray()),
            .. Frame(Data, EndStream, 1, body),
        ];
    }

    /// <summary>One frame.</summary>
    public static byte[] Frame(byte type, byte flags, int stream, ReadOnlySpan<byte> payload)
    {
        var frame = new byte[FrameHeader + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length << 8 | type);
        frame[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame.AsSpan(FrameHeader));
        return frame;
    }

    /// <summary>Lets the peer send this much more, on stream 1 and on the connection.</summary>
    public static byte[] Grant(int bytes)
    {
        Span<byte> increment = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(increment, bytes);
        return [.. Frame(WindowUpdate, 0, 0, increment), .. Frame(WindowUpdate, 0, 1, increment)];
    }

    private static void Literal(MemoryStream to, ReadOnlySpan<byte> name, string value)
    {
        to.Write(name);
        Text(to, value);
    }

    private static void Text(MemoryStream to, string text)
    {
        if (text.Length > 126) throw new ArgumentException("longer than one length byte can tell", nameof(text));
        to.WriteByte((byte)text.Length);
        to.Write(Encoding.ASCII.GetBytes(text));
    }
}
