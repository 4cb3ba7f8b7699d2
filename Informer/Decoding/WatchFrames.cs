using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;

namespace MetaCollector.Informer.Decoding;

/// <summary>Cuts the body of a watch into frames: a big-endian 32-bit length, and a <c>WatchEvent</c> of that length. Not thread-safe.</summary>
internal sealed class WatchFrames(PipeReader pipe)
{
    /// <summary>
    /// Largest frame, and largest item of a list, in bytes: many times what etcd stores as one object (1.5 MiB by default).
    /// </summary>
    public const int MaxFrame = 16 * 1024 * 1024;

    private const int HeaderSize = sizeof(uint);

    private SequencePosition? _end;

    /// <summary>The next frame, valid until the next call; null at the end.</summary>
    /// <exception cref="InvalidDataException">The frame is too large.</exception>
    /// <exception cref="EndOfStreamException">The body ends within the frame.</exception>
    public async ValueTask<ReadOnlySequence<byte>?> NextAsync(CancellationToken cancellation)
    {
        if (_end is { } end) pipe.AdvanceTo(end);
        _end = null;

        var read = await pipe.ReadAtLeastAsync(HeaderSize, cancellation);
        if (read.Buffer.IsEmpty) return null;
        var length = LengthOf(read.Buffer);
        if (read.Buffer.Length < HeaderSize + length)
        {
            pipe.AdvanceTo(read.Buffer.Start);
            read = await pipe.ReadAtLeastAsync(HeaderSize + length, cancellation);
            if (read.Buffer.Length < HeaderSize + length) throw new EndOfStreamException("the watch ended within an event");
        }

        var frame = read.Buffer.Slice(HeaderSize, length);
        _end = frame.End;
        return frame;
    }

    private static int LengthOf(ReadOnlySequence<byte> buffer)
    {
        if (buffer.Length < HeaderSize) throw new EndOfStreamException("the watch ended within an event");
        Span<byte> header = stackalloc byte[HeaderSize];
        buffer.Slice(0, HeaderSize).CopyTo(header);
        var length = BinaryPrimitives.ReadUInt32BigEndian(header);
        if (length > MaxFrame) throw new InvalidDataException($"an event of {length} bytes");
        return (int)length;
    }
}
