using MetaCollector.Simulator.Documents;
using MetaCollector.Simulator.Wire;

namespace MetaCollector.Simulator.Encodings;

/// <summary>
/// Kubernetes protobuf: the four bytes <c>k8s\0</c>, then a <c>runtime.Unknown</c> that names the type and holds the message.
/// </summary>
internal static class Envelope
{
    private static readonly MessagePlan ObjectMetaPlan = MessagePlan.Of(ObjectMeta.Descriptor);
    private static readonly MessagePlan StatusPlan = MessagePlan.Of(Status.Descriptor);

    [ThreadStatic]
    private static ReverseBuffer? _shared;

    private static ReadOnlySpan<byte> Magic => "k8s\0"u8;

    /// <summary>The bare message of an object, as it stands in a list.</summary>
    public static byte[] Bare(MessagePlan plan, JsonMap map)
    {
        var buffer = Fresh();
        ProtobufWriter.Message(buffer, plan, map);
        return buffer.Written.ToArray();
    }

    /// <summary>The bare PartialObjectMetadata of an object.</summary>
    public static byte[] BareMetadata(JsonMap map)
    {
        var buffer = Fresh();
        if (map["metadata"] is JsonMap metadata)
        {
            ProtobufWriter.Message(buffer, ObjectMetaPlan, metadata);
            buffer.Close(0, 1);
        }

        return buffer.Written.ToArray();
    }

    /// <summary>A bare message in its envelope.</summary>
    public static byte[] Wrap(ReadOnlySpan<byte> message, string apiVersion, string kind)
    {
        var buffer = Fresh();
        buffer.Bytes(message);
        return Seal(buffer, apiVersion, kind);
    }

    public static byte[] OfStatus(JsonMap status)
    {
        var buffer = Fresh();
        ProtobufWriter.Message(buffer, StatusPlan, status);
        return Seal(buffer, "v1", "Status");
    }

    private static byte[] Seal(ReverseBuffer buffer, string apiVersion, string kind)
    {
        // Empty contentEncoding and contentType are written too, as Go's generated code does.
        var length = buffer.Length;
        using var sealedBuffer = new ReverseBuffer();
        sealedBuffer.TextField(4, string.Empty);
        sealedBuffer.TextField(3, string.Empty);
        sealedBuffer.Bytes(buffer.Written);
        sealedBuffer.Varint((ulong)length);
        sealedBuffer.Varint((2 << 3) | 2);
        var before = sealedBuffer.Length;
        sealedBuffer.TextField(2, kind);
        sealedBuffer.TextField(1, apiVersion);
        sealedBuffer.Close(before, 1);
        sealedBuffer.Bytes(Magic);
        return sealedBuffer.Written.ToArray();
    }

    private static ReverseBuffer Fresh()
    {
        var buffer = _shared ??= new ReverseBuffer();
        buffer.Clear();
        return buffer;
    }
}
