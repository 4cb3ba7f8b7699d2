using System.Buffers;
using MetaCollector.Gateway.Rendering;
using MetaCollector.Gateway.Wire;
using MetaCollector.Grains.Interfaces.Model;

namespace MetaCollector.Tests.Gateway.Rendering;

/// <summary>Events as the gateway renders them.</summary>
internal static class Rendered
{
    public static byte[] Bytes(EventReason reason, NodeResource resource)
    {
        var body = new WireBuffer();
        if (reason == EventReason.Delete) EventBody.WriteDelete(body, resource.Uid, resource.Kind);
        else EventBody.Write(body, resource);
        var written = new ArrayBufferWriter<byte>();
        new ReadyEvent { Reason = reason, Body = body.Written }.WriteTo(written);
        return written.WrittenSpan.ToArray();
    }

    public static Event Event(EventReason reason, NodeResource resource) =>
        MetaCollector.Gateway.Wire.Event.Parser.ParseFrom(Bytes(reason, resource));
}
