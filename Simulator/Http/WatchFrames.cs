using System.Buffers;
using System.Buffers.Binary;
using MetaCollector.Simulator.Encodings;

namespace MetaCollector.Simulator.Http;

/// <summary>Writes events of a watch: JSON lines, or length-prefixed protobuf.</summary>
internal static class WatchFrames
{
    /// <summary>Writes one event around an object that is already encoded; returns its length in bytes.</summary>
    public static int Write(IBufferWriter<byte> output, WireFormat format, ReadOnlySpan<byte> type, ReadOnlySpan<byte> encoded) =>
        format == WireFormat.Json ? WriteJson(output, type, encoded) : WriteProtobuf(output, type, encoded);

    private static int WriteJson(IBufferWriter<byte> output, ReadOnlySpan<byte> type, ReadOnlySpan<byte> encoded)
    {
        output.Write("{\"type\":\""u8);
        output.Write(type);
        output.Write("\",\"object\":"u8);
        output.Write(encoded);
        output.Write("}\n"u8);
        return 22 + type.Length + encoded.Length;
    }

    /// <summary>A big-endian length, then WatchEvent{type = 1, object = 2 RawExtension{raw = 1}}.</summary>
    private static int WriteProtobuf(IBufferWriter<byte> output, ReadOnlySpan<byte> type, ReadOnlySpan<byte> encoded)
    {
        var extension = 1 + VarintLength(encoded.Length) + encoded.Length;
        var message = 2 + type.Length + 1 + VarintLength(extension) + extension;
        var header = output.GetSpan(64);
        BinaryPrimitives.WriteInt32BigEndian(header, message);
        header[4] = (1 << 3) | 2;
        header[5] = (byte)type.Length;
        type.CopyTo(header[6..]);
        var at = 6 + type.Length;
        header[at++] = (2 << 3) | 2;
        at += WriteVarint(header[at..], extension);
        header[at++] = (1 << 3) | 2;
        at += WriteVarint(header[at..], encoded.Length);
        output.Advance(at);
        output.Write(encoded);
        return 4 + message;
    }

    public static int VarintLength(long value)
    {
        var length = 1;
        while (value >= 0x80)
        {
            value >>= 7;
            length++;
        }

        return length;
    }

    public static int WriteVarint(Span<byte> output, long value)
    {
        var length = 0;
        while (value >= 0x80)
        {
            output[length++] = (byte)(value | 0x80);
            value >>= 7;
        }

        output[length++] = (byte)value;
        return length;
    }
}
