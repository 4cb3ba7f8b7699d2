using System.Buffers;
using System.Text;

namespace MetaCollector.Gateway.Rendering;

/// <summary>
/// Writes JSON strings with the same bytes as Go's <c>encoding/json</c> (Go 1.22 and later, <c>Marshal</c> with HTML escaping), as
/// k8s-metacollector does.
/// </summary>
internal static class GoJson
{
    private static readonly SearchValues<char> Plain = SearchValues.Create(PlainCharacters());

    /// <summary>Writes a string with its quotes.</summary>
    public static void WriteString(WireBuffer to, ReadOnlySpan<char> text)
    {
        to.WriteByte((byte)'"');
        while (true)
        {
            var plain = text.IndexOfAnyExcept(Plain);
            if (plain < 0) break;
            WritePlain(to, text[..plain]);
            text = text[plain..];
            WriteSpecial(to, text, out var consumed);
            text = text[consumed..];
        }

        WritePlain(to, text);
        to.WriteByte((byte)'"');
    }

    private static void WritePlain(WireBuffer to, ReadOnlySpan<char> ascii)
    {
        Ascii.FromUtf16(ascii, to.Reserve(ascii.Length), out var written);
        to.Advance(written);
    }

    private static void WriteSpecial(WireBuffer to, ReadOnlySpan<char> text, out int consumed)
    {
        if (Rune.DecodeFromUtf16(text, out var rune, out consumed) != OperationStatus.Done)
        {
            to.Write("\\ufffd"u8);
            return;
        }

        switch (rune.Value)
        {
            case '"': to.Write("\\\""u8); break;
            case '\\': to.Write("\\\\"u8); break;
            case '\b': to.Write("\\b"u8); break;
            case '\f': to.Write("\\f"u8); break;
            case '\n': to.Write("\\n"u8); break;
            case '\r': to.Write("\\r"u8); break;
            case '\t': to.Write("\\t"u8); break;
            case 0x2028: to.Write("\\u2028"u8); break;
            case 0x2029: to.Write("\\u2029"u8); break;
            case < 0x20 or '<' or '>' or '&':
                to.Write("\\u00"u8);
                to.WriteByte(HexDigit(rune.Value >> 4));
                to.WriteByte(HexDigit(rune.Value & 0xF));
                break;
            default:
                to.Advance(rune.EncodeToUtf8(to.Reserve(4)));
                break;
        }
    }

    private static byte HexDigit(int value) => "0123456789abcdef"u8[value];

    private static ReadOnlySpan<char> PlainCharacters()
    {
        var plain = new StringBuilder();
        // 0x7F needs no escape.
        for (var c = ' '; c <= '\x7f'; c++)
            if (c is not ('"' or '\\' or '<' or '>' or '&')) plain.Append(c);
        return plain.ToString();
    }
}
