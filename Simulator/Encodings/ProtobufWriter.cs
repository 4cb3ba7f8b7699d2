using System.Globalization;
using MetaCollector.Simulator.Documents;

namespace MetaCollector.Simulator.Encodings;

/// <summary>Writes JSON objects as the protobuf messages that the real server makes of them.</summary>
/// <remarks>Members that a message here does not have are left out; a member of the wrong type is an error, as in the real server.</remarks>
internal static class ProtobufWriter
{
    public static void Message(ReverseBuffer buffer, MessagePlan plan, JsonMap map)
    {
        foreach (var (field, embedded) in plan.EmbeddedMessages)
        {
            var before = buffer.Length;
            Message(buffer, embedded, map);
            if (buffer.Length > before)
            {
                buffer.Close(before, field);
            }
        }

        for (var i = map.Count - 1; i >= 0; i--)
        {
            if (map.Values[i] is not JsonNothing && plan.Find(map.Names[i]) is { } field)
            {
                Field(buffer, field, map.Values[i]);
            }
        }
    }

    private static void Field(ReverseBuffer buffer, FieldPlan field, Json value)
    {
        if (field.Repeated)
        {
            var items = value is JsonList list ? list.Items : throw Mismatch(field, value, "a list");
            for (var i = items.Count - 1; i >= 0; i--)
            {
                Single(buffer, field, items[i]);
            }
        }
        else if (field.Shape == FieldShape.Map)
        {
            var map = value as JsonMap ?? throw Mismatch(field, value, "an object");
            // Sorted by key, as Kubernetes writes maps; the last one first, since the buffer is filled from its end.
            foreach (var i in Enumerable.Range(0, map.Count).OrderByDescending(i => map.Names[i], StringComparer.Ordinal))
            {
                var before = buffer.Length;
                Single(buffer, field.MapValue!, map.Values[i]);
                buffer.TextField(1, map.Names[i]);
                buffer.Close(before, field.Number);
            }
        }
        else
        {
            Single(buffer, field, value);
        }
    }

    private static void Single(ReverseBuffer buffer, FieldPlan field, Json value)
    {
        var before = buffer.Length;
        switch (field.Shape)
        {
            case FieldShape.Text:
                buffer.Text(value.Text ?? throw Mismatch(field, value, "a string"));
                break;
            case FieldShape.Integer:
                buffer.VarintField(field.Number, Integer(field, value));
                return;
            case FieldShape.Truth:
                buffer.VarintField(field.Number, value is JsonTruth truth ? truth.Value ? 1 : 0 : throw Mismatch(field, value, "a boolean"));
                return;
            case FieldShape.Bytes:
                buffer.Bytes(FromBase64(field, value));
                break;
            case FieldShape.Message:
                Message(buffer, field.Message, value as JsonMap ?? throw Mismatch(field, value, "an object"));
                break;
            case FieldShape.Time:
                Time(buffer, field, value);
                break;
            case FieldShape.Quantity:
                buffer.TextField(1, value.Text ?? (value as JsonNumber)?.Digits ?? throw Mismatch(field, value, "a quantity"));
                break;
            case FieldShape.IntOrString:
                IntOrString(buffer, field, value);
                break;
            default:
                var raw = buffer.Length;
                buffer.Bytes(value.ToUtf8());
                buffer.Close(raw, 1);
                break;
        }

        buffer.Close(before, field.Number);
    }

    private static long Integer(FieldPlan field, Json value) =>
        value is JsonNumber number && long.TryParse(number.Digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var parsed)
            ? parsed
            : throw Mismatch(field, value, "an integer");

    private static byte[] FromBase64(FieldPlan field, Json value)
    {
        try
        {
            return Convert.FromBase64String(value.Text ?? throw Mismatch(field, value, "base64 text"));
        }
        catch (FormatException)
        {
            throw Mismatch(field, value, "base64 text");
        }
    }

    private static void Time(ReverseBuffer buffer, FieldPlan field, Json value)
    {
        if (!DateTimeOffset.TryParse(value.Text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
        {
            throw Mismatch(field, value, "an RFC 3339 time");
        }

        buffer.VarintField(2, time.Ticks % TimeSpan.TicksPerSecond * 100);
        buffer.VarintField(1, time.ToUnixTimeSeconds());
    }

    private static void IntOrString(ReverseBuffer buffer, FieldPlan field, Json value)
    {
        if (value.Text is { } text)
        {
            buffer.TextField(3, text);
            buffer.VarintField(1, 1);
            return;
        }

        buffer.VarintField(2, Integer(field, value));
        buffer.VarintField(1, 0);
    }

    private static FieldMismatchException Mismatch(FieldPlan field, Json value, string wanted) =>
        new($"cannot read {(value is JsonMap ? "an object" : value is JsonList ? "a list" : value.ToString())} into field {field.Name}: {wanted} is expected");
}

/// <summary>A member of an object does not have the type that its kind gives it.</summary>
internal sealed class FieldMismatchException(string message) : Exception(message);
