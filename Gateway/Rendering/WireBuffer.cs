using System.Text;

namespace MetaCollector.Gateway.Rendering;

/// <summary>A growing buffer that writes the protobuf fields of an event. Not thread-safe.</summary>
internal sealed class WireBuffer(int capacity = 512)
{
    private byte[] _bytes = new byte[capacity];
    private int _length;

    /// <summary>What was written since the last <see cref="Clear"/>; valid until the next write.</summary>
    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, _length);

    public int Capacity => _bytes.Length;

    /// <summary>Empties the buffer and keeps its memory.</summary>
    public void Clear() => _length = 0;

    /// <summary>Reserves <paramref name="size"/> bytes; call <see cref="Advance"/> with how many were used.</summary>
    public Span<byte> Reserve(int size)
    {
        if (_bytes.Length - _length < size) Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + size));
        return _bytes.AsSpan(_length);
    }

    /// <summary>Keeps the first <paramref name="count"/> bytes of what was reserved.</summary>
    public void Advance(int count) => _length += count;

    public void WriteByte(byte value)
    {
        Reserve(1)[0] = value;
        _length++;
    }

    /// <summary>Writes bytes as they are.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Reserve(bytes.Length));
        _length += bytes.Length;
    }

    /// <summary>Writes text as UTF-8, with U+FFFD for invalid text.</summary>
    public void WriteText(ReadOnlySpan<char> text)
    {
        var room = Reserve(Encoding.UTF8.GetMaxByteCount(text.Length));
        _length += Encoding.UTF8.GetBytes(text, room);
    }

    /// <summary>Begins a length-delimited field (wire type 2) whose length is not known yet.</summary>
    /// <returns>A mark for <see cref="End"/>.</returns>
    public int Begin(byte tag)
    {
        Reserve(2)[0] = tag;
        // Reserves one byte for the length, enough for up to 127 bytes; End moves the content if it needs more.
        _length += 2;
        return _length;
    }

    /// <summary>Ends the field that <paramref name="mark"/> began, and writes its length.</summary>
    public void End(int mark)
    {
        var size = _length - mark;
        var extra = 0;
        for (var rest = size >>> 7; rest != 0; rest >>>= 7) extra++;
        if (extra > 0)
        {
            Reserve(extra);
            _bytes.AsSpan(mark, size).CopyTo(_bytes.AsSpan(mark + extra));
            _length += extra;
        }

        var at = mark - 1;
        var value = (uint)size;
        for (; value >= 0x80; value >>= 7) _bytes[at++] = (byte)(value | 0x80);
        _bytes[at] = (byte)value;
    }
}
