using MetaCollector.Simulator.Documents;
using MetaCollector.Simulator.Encodings;
using MetaCollector.Simulator.Resources;

namespace MetaCollector.Simulator.Storage;

/// <summary>One version of an object. Immutable; its encodings are made once, when first asked for, and shared by all readers.</summary>
internal sealed class StoredObject
{
    private byte[]? _json;
    private byte[]? _message;
    private byte[]? _enveloped;
    private byte[]? _metadataJson;
    private byte[]? _metadataMessage;
    private byte[]? _metadataEnveloped;

    public StoredObject(ResourceType type, JsonMap document, long revision)
    {
        Type = type;
        Document = document;
        Revision = revision;
        Metadata = document["metadata"] as JsonMap ?? JsonMap.Empty;
        Name = Metadata["name"]?.Text ?? string.Empty;
        Namespace = type.Namespaced ? Metadata["namespace"]?.Text ?? string.Empty : string.Empty;
        Key = KeyOf(type, Namespace, Name);
    }

    public ResourceType Type { get; }

    public JsonMap Document { get; }

    public JsonMap Metadata { get; }

    public long Revision { get; }

    public string Name { get; }

    public string Namespace { get; }

    /// <summary>Where it stands among those of its type: <c>namespace/name</c>, or the name.</summary>
    public string Key { get; }

    public string Uid => Metadata["uid"]?.Text ?? string.Empty;

    public JsonMap Labels => Metadata["labels"] as JsonMap ?? JsonMap.Empty;

    public bool IsTerminating => Metadata["deletionTimestamp"]?.Text is not null;

    public bool HasFinalizers => Metadata["finalizers"] is JsonList { Items.Count: > 0 };

    public static string KeyOf(ResourceType type, string ns, string name) => type.Namespaced ? $"{ns}/{name}" : name;

    /// <summary>The object alone, as an answer or inside a watch event.</summary>
    public byte[] Encoded(MediaType media) => media switch
    {
        { Format: WireFormat.Json, MetadataOnly: false } => _json ??= Document.ToUtf8(),
        { Format: WireFormat.Json, MetadataOnly: true } => _metadataJson ??= PartialObjectMetadata().ToUtf8(),
        { MetadataOnly: false } => _enveloped ??= Envelope.Wrap(Message, Type.ApiVersion, Type.Kind),
        _ => _metadataEnveloped ??= Envelope.Wrap(MetadataMessage, "meta.k8s.io/v1", "PartialObjectMetadata"),
    };

    /// <summary>The object as an item of a protobuf list.</summary>
    public byte[] Bare(bool metadataOnly) => metadataOnly ? MetadataMessage : Message;

    /// <summary>The whole object in JSON for a list; not kept, since lists of everything are rare and large.</summary>
    public byte[] JsonForList() => _json ?? Document.ToUtf8();

    private byte[] Message => _message ??= Envelope.Bare(
        MessagePlan.Of(Type.Message ?? throw new InvalidOperationException($"{Type} has no protobuf message")), Document);

    private byte[] MetadataMessage => _metadataMessage ??= Envelope.BareMetadata(Document);

    private JsonMap PartialObjectMetadata() =>
        new(("kind", "PartialObjectMetadata"), ("apiVersion", "meta.k8s.io/v1"), ("metadata", Metadata));
}
