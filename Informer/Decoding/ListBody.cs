using System.Buffers;
using System.IO.Pipelines;
using Google.Protobuf;

namespace MetaCollector.Informer.Decoding;

/// <summary>
/// Reads the body of a list while it arrives, and holds only one item of it at a time. Not thread-safe.
/// </summary>
internal sealed class ListBody(PipeReader pipe)
{
    private const int UnknownRaw = 2, ListMetadata = 1, ListItems = 2;
    private const int Varint = 0, Fixed64 = 1, Delimited = 2, Fixed32 = 5;

    private static readonly MessageParser<Wire.ListMeta> Meta = Wire.ListMeta.Parser.WithDiscardUnknownFields(true);

    private long _consumed;

    /// <param name="onItem">Called with each item's message, which is valid during the call only.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <exception cref="InvalidDataException">The body is not a list.</exception>
    /// <exception cref="EndOfStreamException">The body ends too early.</exception>
    public async Task<Wire.ListMeta> ReadAsync(Action<ReadOnlySequence<byte>> onItem, CancellationToken cancellation)
    {
        var metadata = new Wire.ListMeta();
        await WithAsync(Envelope.Magic.Length, CheckMagic, cancellation);
        while (true)
        {
            var (field, length) = await ReadFieldAsync(isInList: false, cancellation);
            if (field == UnknownRaw)
            {
                var end = _consumed + length;
                while (_consumed < end)
                {
                    (field, length) = await ReadFieldAsync(isInList: true, cancellation);
                    if (_consumed + length > end) throw new InvalidDataException("a field of the list is longer than the list");
                    Action<ReadOnlySequence<byte>> use = field switch
                    {
                        ListMetadata => bytes => metadata = ParseMeta(bytes),
                        ListItems => onItem,
                        _ => static _ => { }
                        ,
                    };
                    await WithAsync((int)length, use, cancellation);
                }

                return metadata;
            }

            await WithAsync((int)length, static _ => { }, cancellation);
        }
    }

    private static void CheckMagic(ReadOnlySequence<byte> bytes)
    {
        if (!Envelope.IsOn(bytes)) throw new InvalidDataException("the answer is not in the Kubernetes protobuf encoding");
    }

    private static Wire.ListMeta ParseMeta(ReadOnlySequence<byte> bytes)
    {
        try
        {
            return Meta.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException exception)
        {
            throw new InvalidDataException("the metadata of the list cannot be decoded", exception);
        }
    }

    // Reads the tag and the length of the next field.
    private async ValueTask<(int Field, long Length)> ReadFieldAsync(bool isInList, CancellationToken cancellation)
    {
        var tag = await ReadVarintAsync(cancellation);
        var field = (int)(tag >> 3);
        switch ((int)(tag & 7))
        {
            case Delimited:
                var length = await ReadVarintAsync(cancellation);
                // The whole list may have any length; an item may not, since it is held in memory.
                var most = field == UnknownRaw && !isInList ? long.MaxValue - _consumed : WatchFrames.MaxFrame;
                if (length > (ulong)most)
                    throw new InvalidDataException($"an item of {length} bytes");
                return (field, (long)length);
            case Varint:
                await ReadVarintAsync(cancellation);
                return (0, 0);
            case Fixed64:
                return (0, 8);
            case Fixed32:
                return (0, 4);
            default:
                throw new InvalidDataException("the answer is no protobuf message");
        }
    }

    private async ValueTask<ulong> ReadVarintAsync(CancellationToken cancellation)
    {
        var value = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = (byte)0;
            await WithAsync(1, bytes => next = bytes.FirstSpan[0], cancellation);
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80) return value;
        }

        throw new InvalidDataException("a number is too long");
    }

    private async ValueTask WithAsync(int length, Action<ReadOnlySequence<byte>> use, CancellationToken cancellation)
    {
        if (length == 0)
        {
            use(ReadOnlySequence<byte>.Empty);
            return;
        }

        var read = await pipe.ReadAtLeastAsync(length, cancellation);
        if (read.Buffer.Length < length) throw new EndOfStreamException("the list ends too early");
        var bytes = read.Buffer.Slice(0, length);
        use(bytes);
        pipe.AdvanceTo(bytes.End);
        _consumed += length;
    }
}
