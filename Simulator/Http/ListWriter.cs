using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using MetaCollector.Simulator.Encodings;
using MetaCollector.Simulator.Resources;
using MetaCollector.Simulator.Storage;
using MetaCollector.Simulator.Traffic;
using MetaCollector.Simulator.Wire;

namespace MetaCollector.Simulator.Http;

/// <summary>Writes lists piece by piece, whatever their length.</summary>
internal static class ListWriter
{
    private const int FlushAt = 64 * 1024;
    private static readonly MessagePlan ListMetaPlan = MessagePlan.Of(ListMeta.Descriptor);

    public static async Task WriteAsync(
        PipeWriter output, RequestRecord request, ResourceType type, MediaType media, ListPage page, CancellationToken cancellation)
    {
        var counted = new CountingWriter(output, request);
        var (apiVersion, kind) = media.MetadataOnly ? ("meta.k8s.io/v1", "PartialObjectMetadataList") : (type.ApiVersion, type.ListKind);
        if (media.Format == WireFormat.Protobuf)
        {
            BeginProtobuf(counted, apiVersion, kind, media, page);
        }
        else
        {
            counted.Write(Encoding.UTF8.GetBytes($"{{\"kind\":\"{kind}\",\"apiVersion\":\"{apiVersion}\",\"metadata\":{ListHandler.Metadata(page)},\"items\":["));
        }

        var first = true;
        foreach (var one in page.Objects)
        {
            Item(counted, media, one, ref first);
            if (counted.Unflushed >= FlushAt)
            {
                counted.Unflushed = 0;
                await output.FlushAsync(cancellation);
            }
        }

        counted.Write(media.Format == WireFormat.Protobuf ? [0x1A, 0, 0x22, 0] : "]}\n"u8);
        await output.FlushAsync(cancellation);
    }

    private static void Item(CountingWriter output, MediaType media, StoredObject one, ref bool first)
    {
        if (media.Format == WireFormat.Protobuf)
        {
            var bare = one.Bare(media.MetadataOnly);
            Span<byte> prefix = stackalloc byte[11];
            prefix[0] = (2 << 3) | 2;
            output.Write(prefix[..(1 + WatchFrames.WriteVarint(prefix[1..], bare.Length))]);
            output.Write(bare);
            return;
        }

        if (!first)
        {
            output.Write(","u8);
        }

        first = false;
        if (media.MetadataOnly)
        {
            output.Write(one.Encoded(media));
            return;
        }

        // Items of typed lists do not repeat their type.
        output.Write("{"u8);
        output.Write(one.JsonForList().AsSpan(one.Type.JsonPrefixLength));
    }

    /// <summary>Everything up to the first item. The envelope tells its length in front, so the items are measured first.</summary>
    private static void BeginProtobuf(CountingWriter output, string apiVersion, string kind, MediaType media, ListPage page)
    {
        using var meta = new ReverseBuffer();
        ProtobufWriter.Message(meta, ListMetaPlan, ListHandler.Metadata(page));
        meta.Close(0, 1);
        long length = meta.Length;
        foreach (var one in page.Objects)
        {
            var item = one.Bare(media.MetadataOnly).Length;
            length += 1 + WatchFrames.VarintLength(item) + item;
        }

        using var head = new ReverseBuffer();
        head.Bytes(meta.Written);
        head.Varint((ulong)length);
        head.Varint((2 << 3) | 2);
        var before = head.Length;
        head.TextField(2, kind);
        head.TextField(1, apiVersion);
        head.Close(before, 1);
        head.Bytes("k8s\0"u8);
        output.Write(head.Written);
    }

    private sealed class CountingWriter(PipeWriter output, RequestRecord request)
    {
        public int Unflushed { get; set; }

        public void Write(ReadOnlySpan<byte> bytes)
        {
            output.Write(bytes);
            request.Add(bytes.Length);
            Unflushed += bytes.Length;
        }
    }
}
