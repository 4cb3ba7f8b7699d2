using System.Text.Json;

namespace MetaCollector.Simulator.Documents;

/// <summary>A string.</summary>
public sealed class JsonString(string value) : Json
{
    /// <inheritdoc/>
    public override string Text { get; } = value;

    /// <inheritdoc/>
    public override void WriteTo(Utf8JsonWriter writer) => writer.WriteStringValue(Text);
}

/// <summary>A number, kept as it was written.</summary>
public sealed class JsonNumber(string digits) : Json
{
    /// <summary>The number as written.</summary>
    public string Digits { get; } = digits;

    /// <inheritdoc/>
    public override void WriteTo(Utf8JsonWriter writer) => writer.WriteRawValue(Digits, skipInputValidation: true);
}

/// <summary>True or false.</summary>
public sealed class JsonTruth : Json
{
    private JsonTruth(bool value) => Value = value;

    /// <summary>The one true value.</summary>
    public static JsonTruth True { get; } = new(true);

    /// <summary>The one false value.</summary>
    public static JsonTruth False { get; } = new(false);

    /// <summary>What it says.</summary>
    public bool Value { get; }

    /// <inheritdoc/>
    public override void WriteTo(Utf8JsonWriter writer) => writer.WriteBooleanValue(Value);
}

/// <summary>JSON's null.</summary>
public sealed class JsonNothing : Json
{
    private JsonNothing()
    {
    }

    /// <summary>The one null.</summary>
    public static JsonNothing Instance { get; } = new();

    /// <inheritdoc/>
    public override void WriteTo(Utf8JsonWriter writer) => writer.WriteNullValue();
}

/// <summary>A list.</summary>
public sealed class JsonList(params IReadOnlyList<Json> items) : Json
{
    /// <summary>The list without items.</summary>
    public static JsonList Empty { get; } = new([]);

    /// <inheritdoc/>
    public override IReadOnlyList<Json> Items { get; } = items;

    /// <inheritdoc/>
    public override void WriteTo(Utf8JsonWriter writer)
    {
        writer.WriteStartArray();
        foreach (var item in Items)
        {
            item.WriteTo(writer);
        }

        writer.WriteEndArray();
    }
}
