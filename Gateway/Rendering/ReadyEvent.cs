using System.Buffers;
using Grpc.Core;

namespace MetaCollector.Gateway.Rendering;

/// <summary>
/// A rendered event. A stream uses one instance for all its events: gRPC does not use the bytes after the write has returned. Not
/// thread-safe.
/// </summary>
internal sealed class ReadyEvent
{
    /// <summary>Size of the reason with its tag and length, in bytes: all three reasons have six letters.</summary>
    public const int ReasonSize = 8;

    /// <summary>Writes events to gRPC; reading is not supported.</summary>
    public static Marshaller<ReadyEvent> Marshaller { get; } = new(Serialize, _ => throw new NotSupportedException("events are only sent"));

    /// <summary>The event's first field.</summary>
    public EventReason Reason { get; set; }

    /// <summary>All other fields, as <see cref="EventBody"/> writes them.</summary>
    public ReadOnlyMemory<byte> Body { get; set; }

    /// <summary>Size of the whole message, in bytes.</summary>
    public int Size => ReasonSize + Body.Length;

    public void WriteTo(IBufferWriter<byte> to)
    {
        to.Write(Reason switch
        {
            EventReason.Create => "\n\u0006Create"u8,
            EventReason.Update => "\n\u0006Update"u8,
            _ => "\n\u0006Delete"u8,
        });
        to.Write(Body.Span);
    }

    private static void Serialize(ReadyEvent ready, SerializationContext context)
    {
        context.SetPayloadLength(ready.Size);
        ready.WriteTo(context.GetBufferWriter());
        context.Complete();
    }
}
