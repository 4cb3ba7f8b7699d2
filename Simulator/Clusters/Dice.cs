using System.Globalization;
using MetaCollector.Simulator.Api;

namespace MetaCollector.Simulator.Clusters;

/// <summary>Repeatable chance, in the forms that objects need it.</summary>
internal sealed class Dice(int seed, DateTimeOffset now)
{
    private const string SuffixLetters = "bcdfghjklmnpqrstvwxz2456789";
    private readonly Random _random = new(seed);
    private readonly HashSet<string> _suffixes = [];
    private uint _lastAddress;

    public int Below(int limit) => _random.Next(limit);

    public bool Chance(double share) => _random.NextDouble() < share;

    public T Pick<T>(IReadOnlyList<T> choices) => choices[_random.Next(choices.Count)];

    public void Shuffle<T>(Span<T> items) => _random.Shuffle(items);

    /// <summary>The random end of a name, another each time.</summary>
    public string Suffix()
    {
        string suffix;
        do
        {
            suffix = _random.GetString(SuffixLetters, 5);
        }
        while (!_suffixes.Add(suffix));
        return suffix;
    }

    public string Hex(int length) => _random.GetHexString(length, lowercase: true);

    /// <summary>A random (version 4) uid.</summary>
    public string Uid()
    {
        Span<byte> bytes = stackalloc byte[16];
        _random.NextBytes(bytes);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true).ToString();
    }

    /// <summary>An address that no other pod has.</summary>
    public string Address()
    {
        var number = ++_lastAddress;
        return string.Create(CultureInfo.InvariantCulture, $"10.{128 + ((number >> 16) & 127)}.{(number >> 8) & 255}.{number & 255}");
    }

    /// <summary>A time in the last days.</summary>
    public string TimeWithin(int days) => Timestamps.Format(now.AddSeconds(-_random.Next(1, days * 86_400)));
}
