using System.Diagnostics.CodeAnalysis;

namespace MetaCollector.Grains.Interfaces.Model;

/// <summary>
/// The uid of a Kubernetes object. A canonical UUID (lower-case, with hyphens), as the API server assigns it, takes 16 bytes; any other text
/// is kept as a string. Immutable; equality is that of the text.
/// </summary>
[GenerateSerializer, Immutable, Alias("MetaCollector.Uid")]
public readonly struct Uid : IEquatable<Uid>, IComparable<Uid>
{
    [Id(0)] private readonly Guid _value;
    [Id(1)] private readonly string? _text;

    private Uid(Guid value, string? text) => (_value, _text) = (value, text);

    /// <summary>Whether there is no uid: the default value, and the empty text.</summary>
    public bool IsEmpty => _text is null && _value == Guid.Empty;

    /// <summary>Makes a uid of its text.</summary>
    public static Uid Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length == 0) return default;
        return IsCanonical(text) && Guid.TryParseExact(text, "D", out var value) && value != Guid.Empty
            ? new Uid(value, null)
            : new Uid(default, text);
    }

    /// <inheritdoc/>
    public bool Equals(Uid other) => _value == other._value && string.Equals(_text, other._text, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => obj is Uid other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _text is null ? _value.GetHashCode() : _text.GetHashCode(StringComparison.Ordinal);

    /// <summary>The ordinal order of the texts.</summary>
    public int CompareTo(Uid other) =>
        // The order of two Guids is that of their canonical texts: .NET compares them field by field, most significant first.
        _text is null && other._text is null
            ? _value.CompareTo(other._value)
            : string.CompareOrdinal(ToString(), other.ToString());

    /// <summary>The uid as the API server spells it.</summary>
    public override string ToString() => _text ?? (_value == Guid.Empty ? "" : _value.ToString("D"));

    /// <summary>Writes the 36 ASCII bytes of a canonical uid without allocating.</summary>
    /// <param name="utf8">At least 36 bytes.</param>
    /// <returns>False if the uid is empty or not canonical; use <see cref="ToString"/> then.</returns>
    public bool TryFormatCanonical(Span<byte> utf8) =>
        _text is null && _value != Guid.Empty && _value.TryFormat(utf8, out _, "D");

    /// <summary>Whether both are the same uid.</summary>
    public static bool operator ==(Uid left, Uid right) => left.Equals(right);

    /// <summary>Whether the uids differ.</summary>
    public static bool operator !=(Uid left, Uid right) => !left.Equals(right);

    /// <summary>Whether <paramref name="left"/> comes first.</summary>
    public static bool operator <(Uid left, Uid right) => left.CompareTo(right) < 0;

    /// <summary>Whether <paramref name="left"/> comes first or is the same.</summary>
    public static bool operator <=(Uid left, Uid right) => left.CompareTo(right) <= 0;

    /// <summary>Whether <paramref name="left"/> comes last.</summary>
    public static bool operator >(Uid left, Uid right) => left.CompareTo(right) > 0;

    /// <summary>Whether <paramref name="left"/> comes last or is the same.</summary>
    public static bool operator >=(Uid left, Uid right) => left.CompareTo(right) >= 0;

    private static bool IsCanonical(string text)
    {
        if (text.Length != 36) return false;
        foreach (var c in text)
            if (c is not ((>= '0' and <= '9') or (>= 'a' and <= 'f') or '-')) return false;
        return true;
    }
}
