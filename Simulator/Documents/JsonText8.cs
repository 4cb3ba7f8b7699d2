using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace MetaCollector.Simulator.Documents;

/// <summary>JSON text in UTF-8, to and from <see cref="Json"/>.</summary>
internal static class JsonText8
{
    private const int MaxPooledNames = 4096;
    private static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = 128 };
    private static readonly JsonWriterOptions WriterOptions =
        new() { SkipValidation = true, MaxDepth = 1000, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // Member names repeat in every object; one instance each.
    private static readonly ConcurrentDictionary<string, string> Names = new();

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    public static byte[] Write(Json value)
    {
        var buffer = _buffer ??= new ArrayBufferWriter<byte>(16 * 1024);
        var writer = _writer ??= new Utf8JsonWriter(buffer, WriterOptions);
        buffer.ResetWrittenCount();
        writer.Reset(buffer);
        value.WriteTo(writer);
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    public static Json Read(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8, ReaderOptions);
        if (!reader.Read())
        {
            throw new JsonException("the text is empty");
        }

        var value = ReadValue(ref reader);
        return reader.Read() ? throw new JsonException("there is more than one value") : value;
    }

    public static string Pooled(string name) =>
        Names.TryGetValue(name, out var known) ? known
        : Names.Count < MaxPooledNames && name.Length <= 48 ? Names.GetOrAdd(name, name)
        : name;

    private static Json ReadValue(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.StartObject => ReadMap(ref reader),
        JsonTokenType.StartArray => ReadList(ref reader),
        JsonTokenType.String => new JsonString(reader.GetString()!),
        JsonTokenType.Number => new JsonNumber(Encoding.ASCII.GetString(reader.ValueSpan)),
        JsonTokenType.True => JsonTruth.True,
        JsonTokenType.False => JsonTruth.False,
        JsonTokenType.Null => JsonNothing.Instance,
        _ => throw new JsonException($"unexpected {reader.TokenType}"),
    };

    private static JsonMap ReadMap(ref Utf8JsonReader reader)
    {
        var names = new List<string>();
        var values = new List<Json>();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = Pooled(reader.GetString()!);
            reader.Read();
            var value = ReadValue(ref reader);
            var at = names.IndexOf(name);
            if (at >= 0)
            {
                values[at] = value;
                continue;
            }

            names.Add(name);
            values.Add(value);
        }

        return names.Count == 0 ? JsonMap.Empty : new JsonMap([.. names], [.. values]);
    }

    private static JsonList ReadList(ref Utf8JsonReader reader)
    {
        var items = new List<Json>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            items.Add(ReadValue(ref reader));
        }

        return items.Count == 0 ? JsonList.Empty : new JsonList(items.ToArray());
    }
}
