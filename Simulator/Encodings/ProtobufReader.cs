using System.Collections.Frozen;
using System.Globalization;
using Google.Protobuf;
using MetaCollector.Simulator.Api;
using MetaCollector.Simulator.Documents;
using MetaCollector.Simulator.Wire;
using Tags = Google.Protobuf.WireFormat;

namespace MetaCollector.Simulator.Encodings;

/// <summary>
/// Reads protobuf messages as the JSON objects that they mean: the way back of <see cref="ProtobufWriter"/>. Go writes fields that
/// were never set as empty ones, so what is empty is left out; what a message here does not have, and is not empty, is refused.
/// </summary>
internal static class ProtobufReader
{
    // Pointers in Go: there zero or false was set by somebody.
    private static readonly FrozenSet<string> ZeroMeansZero = FrozenSet.ToFrozenSet(
    [
        "replicas", "terminationGracePeriodSeconds", "gracePeriodSeconds", "tolerationSeconds", "parallelism", "completions", "backoffLimit",
        "leaseTransitions", "leaseDurationSeconds", "activeDeadlineSeconds", "ttlSecondsAfterFinished", "priority",
        "allowPrivilegeEscalation", "runAsNonRoot", "readOnlyRootFilesystem", "privileged", "automountServiceAccountToken", "enableServiceLinks",
        "controller", "blockOwnerDeletion", "optional", "started", "serving", "terminating", "immutable", "suspend",
    ]);

    /// <exception cref="InvalidProtocolBufferException">These are not the bytes of an object.</exception>
    /// <exception cref="FieldMismatchException">It has a field that is not known here.</exception>
    public static JsonMap Enveloped(ReadOnlyMemory<byte> bytes, MessagePlan plan)
    {
        if (!bytes.Span.StartsWith("k8s\0"u8))
        {
            throw ApiException.BadRequest("the object provided is unrecognized: it does not begin with the mark of Kubernetes protobuf");
        }

        var envelope = Unknown.Parser.ParseFrom(bytes.Span[4..]);
        var map = Message(new CodedInputStream(envelope.Raw.ToByteArray()), plan);
        return new JsonMap(
            ["kind", "apiVersion", .. map.Names], [envelope.TypeMeta?.Kind ?? "", envelope.TypeMeta?.ApiVersion ?? "", .. map.Values]);
    }

    private static JsonMap Message(CodedInputStream input, MessagePlan plan)
    {
        var map = JsonMap.Empty;
        for (uint tag; (tag = input.ReadTag()) != 0;)
        {
            var number = Tags.GetTagFieldNumber(tag);
            if (plan.EmbeddedMessages.FirstOrDefault(one => one.Field == number).Plan is { } embedded)
            {
                var inner = Message(Nested(input), embedded);
                for (var i = 0; i < inner.Count; i++)
                {
                    map = map.With(inner.Names[i], inner.Values[i]);
                }
            }
            else if (plan.Find(number) is not { } field)
            {
                Skip(input, tag);
            }
            else if (field.Shape == FieldShape.Map)
            {
                var (key, value) = Entry(Nested(input), field.MapValue!);
                map = map.With(field.Name, (map[field.Name] as JsonMap ?? JsonMap.Empty).With(key, value));
            }
            else if (Value(input, field) is { } value)
            {
                map = map.With(field.Name, field.Repeated ? new JsonList([.. map[field.Name]?.Items ?? [], value]) : value);
            }
        }

        return map;
    }

    private static (string Key, Json Value) Entry(CodedInputStream input, FieldPlan plan)
    {
        var key = "";
        Json? value = null;
        for (uint tag; (tag = input.ReadTag()) != 0;)
        {
            if (Tags.GetTagFieldNumber(tag) == 1)
            {
                key = input.ReadString();
            }
            else
            {
                value = Value(input, plan);
            }
        }

        return (key, value ?? "");
    }

    private static Json? Value(CodedInputStream input, FieldPlan field)
    {
        switch (field.Shape)
        {
            case FieldShape.Text:
                var text = input.ReadString();
                return text.Length == 0 && !field.Repeated ? null : (Json)text;
            case FieldShape.Integer:
                var number = input.ReadInt64();
                return number == 0 && !field.Repeated && !ZeroMeansZero.Contains(field.Name) ? null : (Json)number;
            case FieldShape.Truth:
                return input.ReadBool() ? JsonTruth.True : ZeroMeansZero.Contains(field.Name) ? JsonTruth.False : null;
            case FieldShape.Bytes:
                return Convert.ToBase64String(input.ReadBytes().Span);
            case FieldShape.Raw:
                return Json.Parse(FieldsV1.Parser.ParseFrom(input.ReadBytes()).Raw.Span);
            case FieldShape.Time:
                return Moment(Time.Parser.ParseFrom(input.ReadBytes()));
            case FieldShape.Quantity:
                return Quantity.Parser.ParseFrom(input.ReadBytes()).String;
            case FieldShape.IntOrString:
                var either = IntOrString.Parser.ParseFrom(input.ReadBytes());
                return either.Type == 1 ? (Json)either.StrVal : either.IntVal;
            default:
                var message = Message(Nested(input), field.Message);
                return message.Count == 0 && !field.Repeated ? null : message;
        }
    }

    private static Json? Moment(Time time) => !time.HasSeconds ? (Json?)null
        : time.Nanos == 0 ? Timestamps.Format(DateTimeOffset.FromUnixTimeSeconds(time.Seconds))
        : DateTimeOffset.FromUnixTimeSeconds(time.Seconds).AddTicks(time.Nanos / 100).UtcDateTime
            .ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    private static CodedInputStream Nested(CodedInputStream input) => new(input.ReadBytes().ToByteArray());

    private static void Skip(CodedInputStream input, uint tag)
    {
        var empty = Tags.GetTagWireType(tag) switch
        {
            Tags.WireType.Varint => input.ReadUInt64() == 0,
            Tags.WireType.LengthDelimited => input.ReadBytes().Length == 0,
            _ => false,
        };
        if (!empty)
        {
            throw new FieldMismatchException($"this server cannot read field {Tags.GetTagFieldNumber(tag)} of the protobuf body: send JSON");
        }
    }
}
