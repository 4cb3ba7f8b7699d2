using System.Buffers;
using System.Text;

namespace MetaCollector.Simulator.Encodings;

/// <summary>
/// Bytes that grow towards the front. A message written backwards knows the length of each nested message by the time it writes
/// the prefix, so that nothing is measured or moved.
/// </summary>
internal sealed class ReverseBuffer : IDisposable
{
    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(16 * 1024);
    private int _start;

    public ReverseBuffer() => _start = _bytes.Length;

    /// <summary>How many bytes were written.</summary>
    public int Length => _bytes.Length - _start;

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(_start);

    public void Clear() => _start = _bytes.Length;

    public void Bytes(ReadOnlySpan<byte> bytes)
    {
        Reserve(bytes.Length);
        _start -= bytes.Length;
        bytes.CopyTo(_bytes.AsSpan(_start));
    }

    public void Text(string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        Reserve(length);
        _start -= length;
        Encoding.UTF8.GetBytes(text, _bytes.AsSpan(_start, length));
    }

    public void Varint(ulong value)
    {
        Span<byte> digits = stackalloc byte[10];
        var length = 0;
        while (value >= 0x80)
        {
            digits[length++] = (byte)(value | 0x80);
            value >>= 7;
        }

        digits[length++] = (byte)value;
        Bytes(digits[..length]);
    }

    /// <summary>Closes what was written since <paramref name="before"/> as a length-delimited field.</summary>
    public void Close(int before, int field)
    {
        Varint((ulong)(Length - before));
        Varint(((ulong)field << 3) | 2);
    }

    public void TextField(int field, string text)
    {
        var before = Length;
        Text(text);
        Close(before, field);
    }

    public void VarintField(int field, long value)
    {
        Varint((ulong)value);
        Varint((ulong)field << 3);
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_bytes);

    private void Reserve(int length)
    {
        if (_start >= length)
        {
            return;
        }

        var written = Length;
        var grown = ArrayPool<byte>.Shared.Rent(Math.Max(_bytes.Length * 2, written + length));
        _bytes.AsSpan(_start).CopyTo(grown.AsSpan(grown.Length - written));
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = grown;
        _start = grown.Length - written;
    }
}
