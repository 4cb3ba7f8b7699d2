using System.Collections.Concurrent;
using System.Collections.Frozen;
using Google.Protobuf.Reflection;

namespace MetaCollector.Simulator.Encodings;

/// <summary>How the members of a JSON object become the fields of one protobuf message.</summary>
internal sealed class MessagePlan
{
    private static readonly ConcurrentDictionary<string, MessagePlan> Plans = new();

    // Messages that Go embeds: in JSON their members stand among those of the message around them.
    private static readonly FrozenSet<string> Embedded = FrozenSet.ToFrozenSet(["handler", "volumeSource", "localObjectReference"]);

    private FrozenDictionary<string, FieldPlan> _fields = FrozenDictionary<string, FieldPlan>.Empty;

    /// <summary>Messages embedded in this one.</summary>
    public IReadOnlyList<(int Field, MessagePlan Plan)> EmbeddedMessages { get; private set; } = [];

    public static MessagePlan Of(MessageDescriptor message)
    {
        if (Plans.TryGetValue(message.FullName, out var known))
        {
            return known;
        }

        var plan = new MessagePlan();
        plan.EmbeddedMessages =
        [
            .. message.Fields.InDeclarationOrder().Where(field => Embedded.Contains(field.Name))
                .Select(field => (field.FieldNumber, Of(field.MessageType))),
        ];
        plan._fields = message.Fields.InDeclarationOrder().Where(field => !Embedded.Contains(field.Name))
            .ToFrozenDictionary(field => field.Name, field => new FieldPlan(field));
        return Plans.GetOrAdd(message.FullName, plan);
    }

    public FieldPlan? Find(string name) => _fields.GetValueOrDefault(name);
}

/// <summary>How one member becomes a field.</summary>
internal sealed class FieldPlan
{
    private readonly MessageDescriptor? _message;
    private MessagePlan? _plan;

    public FieldPlan(FieldDescriptor field, string? name = null)
    {
        Number = field.FieldNumber;
        Name = name ?? field.Name;
        Repeated = field.IsRepeated && !field.IsMap;
        if (field.IsMap)
        {
            MapValue = new FieldPlan(field.MessageType.FindFieldByNumber(2), field.Name);
        }

        _message = field.FieldType == FieldType.Message && !field.IsMap ? field.MessageType : null;
        Shape = field.FieldType switch
        {
            _ when field.IsMap => FieldShape.Map,
            FieldType.Message => field.MessageType.Name switch
            {
                "Time" or "MicroTime" => FieldShape.Time,
                "Quantity" => FieldShape.Quantity,
                "IntOrString" => FieldShape.IntOrString,
                "FieldsV1" => FieldShape.Raw,
                _ => FieldShape.Message,
            },
            FieldType.String => FieldShape.Text,
            FieldType.Bytes => FieldShape.Bytes,
            FieldType.Bool => FieldShape.Truth,
            _ => FieldShape.Integer,
        };
    }

    public int Number { get; }

    public string Name { get; }

    public bool Repeated { get; }

    public FieldShape Shape { get; }

    /// <summary>For maps: how their values are written.</summary>
    public FieldPlan? MapValue { get; }

    /// <summary>For messages: their plan, made when first used since messages may hold themselves.</summary>
    public MessagePlan Message => _plan ??= MessagePlan.Of(_message!);
}

/// <summary>What a member looks like on the two sides.</summary>
internal enum FieldShape
{
    Text,
    Bytes,
    Truth,
    Integer,
    Message,
    Map,
    Time,
    Quantity,
    IntOrString,
    Raw,
}
