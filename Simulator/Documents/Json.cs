using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MetaCollector.Simulator.Documents;

/// <summary>
/// An immutable JSON value. Versions of an object share all that did not change between them, so that keeping a history of
/// many thousands of objects costs little, and any thread may read any of it.
/// </summary>
public abstract class Json
{
    /// <summary>The member of that name, or null where there is none or this is no map.</summary>
    public virtual Json? this[string name] => null;

    /// <summary>The value of a string, null for anything else.</summary>
    public virtual string? Text => null;

    /// <summary>The items of a list, nothing for anything else.</summary>
    public virtual IReadOnlyList<Json> Items => [];

    /// <summary>Follows names into nested maps.</summary>
    public Json? At(params ReadOnlySpan<string> path)
    {
        Json? here = this;
        foreach (var name in path)
        {
            here = here?[name];
        }

        return here;
    }

    /// <summary>Writes the value in JSON.</summary>
    public abstract void WriteTo(Utf8JsonWriter writer);

    /// <summary>The value as JSON text in UTF-8, without insignificant white space.</summary>
    public byte[] ToUtf8() => JsonText8.Write(this);

    /// <inheritdoc/>
    public override string ToString() => Encoding.UTF8.GetString(ToUtf8());

    /// <summary>Reads JSON text.</summary>
    /// <exception cref="JsonException">The text is not JSON.</exception>
    public static Json Parse(ReadOnlySpan<byte> utf8) => JsonText8.Read(utf8);

    /// <summary>Reads JSON text.</summary>
    /// <exception cref="JsonException">The text is not JSON.</exception>
    public static Json Parse(string text) => Parse(Encoding.UTF8.GetBytes(text));

    /// <summary>A copy of a mutable tree.</summary>
    public static Json From(JsonNode? node) =>
        node is null ? JsonNothing.Instance : Parse(JsonSerializer.SerializeToUtf8Bytes(node));

    /// <summary>A mutable copy.</summary>
    public JsonNode? ToNode() => JsonNode.Parse(ToUtf8());

    /// <summary>A string.</summary>
    public static implicit operator Json(string value) => new JsonString(value);

    /// <summary>A number.</summary>
    public static implicit operator Json(long value) => new JsonNumber(value.ToString(CultureInfo.InvariantCulture));

    /// <summary>A truth value.</summary>
    public static implicit operator Json(bool value) => value ? JsonTruth.True : JsonTruth.False;
}
