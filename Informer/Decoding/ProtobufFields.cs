using System.Buffers;

namespace MetaCollector.Informer.Decoding;

/// <summary>Enumerates the fields of one protobuf message without copying.</summary>
internal ref struct ProtobufFields(ReadOnlySequence<byte> message)
{
    private const int Varint = 0, Fixed64 = 1, Delimited = 2, Fixed32 = 5;

    private SequenceReader<byte> _reader = new(message);

    /// <summary>Moves to the next length-delimited field; skips other fields.</summary>
    /// <exception cref="MalformedObjectException">The bytes are not a protobuf message.</exception>
    public bool Next(out int field, out ReadOnlySequence<byte> value)
    {
        while (!_reader.End)
        {
            var tag = ReadVarint();
            field = (int)(tag >> 3);
            switch ((int)(tag & 7))
            {
                case Varint:
                    ReadVarint();
                    break;
                case Fixed64:
                    Take(8);
                    break;
                case Fixed32:
                    Take(4);
                    break;
                case Delimited:
                    value = Take(ReadVarint());
                    return true;
                default:
                    throw new MalformedObjectException("an unknown wire type");
            }
        }

        (field, value) = (0, default);
        return false;
    }

    private ulong ReadVarint()
    {
        var value = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            if (!_reader.TryRead(out var next)) throw new MalformedObjectException("the message ends within a number");
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80) return value;
        }

        throw new MalformedObjectException("a number is too long");
    }

    private ReadOnlySequence<byte> Take(ulong length)
    {
        if (length > (ulong)_reader.Remaining) throw new MalformedObjectException("the message ends within a field");
        var value = _reader.UnreadSequence.Slice(0, (long)length);
        _reader.Advance((long)length);
        return value;
    }
}
