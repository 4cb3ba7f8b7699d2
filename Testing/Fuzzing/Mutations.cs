using System.Text;

namespace MetaCollector.Testing.Fuzzing;

/// <summary>Makes of something good something that is nearly good. Not thread-safe.</summary>
/// <param name="dice">Chance.</param>
internal sealed class Mutations(Random dice)
{
    // Where readers of lengths and numbers go wrong.
    private static readonly byte[] Edges = [0x00, 0x01, 0x7f, 0x80, 0xff];

    /// <summary>Bytes with one to eight changes.</summary>
    public byte[] Of(ReadOnlySpan<byte> good)
    {
        var bytes = new List<byte>(good.ToArray());
        for (var changes = dice.Next(1, 9); changes > 0; changes--) Change(bytes);
        return [.. bytes];
    }

    /// <summary>A text with one to eight changes; it may not be valid Unicode any more.</summary>
    public string Of(string good) => Encoding.Latin1.GetString(Of(Encoding.UTF8.GetBytes(good)));

    /// <summary>Any bytes.</summary>
    public byte[] Anything(int atMost)
    {
        var bytes = new byte[dice.Next(atMost)];
        dice.NextBytes(bytes);
        return bytes;
    }

    private void Change(List<byte> bytes)
    {
        var at = dice.Next(bytes.Count + 1);
        var count = Math.Min(dice.Next(1, 1 + Math.Max(1, bytes.Count / 4)), bytes.Count - at);
        switch (dice.Next(7))
        {
            case 0 when at < bytes.Count: bytes[at] ^= (byte)(1 << dice.Next(8)); break;
            case 1 when at < bytes.Count: bytes[at] = Edges[dice.Next(Edges.Length)]; break;
            case 2: bytes.RemoveRange(at, bytes.Count - at); break;
            case 3: bytes.RemoveRange(at, count); break;
            case 4: bytes.InsertRange(at, Anything(16)); break;
            case 5: bytes.InsertRange(at, bytes.GetRange(at, count)); break;
            // A number in which every byte says that there is more to come.
            default: bytes.InsertRange(at, Enumerable.Repeat((byte)0xff, dice.Next(1, 12))); break;
        }
    }
}
