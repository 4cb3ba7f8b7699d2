using System.Buffers;
using System.Text;

namespace MetaCollector.Informer.Decoding;

/// <summary>Removes Kubernetes' envelopes: the four bytes <c>k8s\0</c> with a <c>runtime.Unknown</c>, and a <c>WatchEvent</c>.</summary>
internal static class Envelope
{
    private const int UnknownRaw = 2, EventType = 1, EventObject = 2, RawExtensionRaw = 1;

    /// <summary>The first bytes of every object in this encoding.</summary>
    public static ReadOnlySpan<byte> Magic => "k8s\0"u8;

    /// <summary>Whether these bytes begin with <see cref="Magic"/>.</summary>
    public static bool IsOn(ReadOnlySequence<byte> bytes)
    {
        if (bytes.Length < Magic.Length) return false;
        Span<byte> start = stackalloc byte[4];
        bytes.Slice(0, Magic.Length).CopyTo(start);
        return start.SequenceEqual(Magic);
    }

    /// <summary>The object's own message.</summary>
    /// <exception cref="MalformedObjectException">There is no such envelope.</exception>
    public static ReadOnlySequence<byte> TakeOff(ReadOnlySequence<byte> bytes)
    {
        if (!IsOn(bytes)) throw new MalformedObjectException("the object does not begin with k8s\\0");
        return Find(bytes.Slice(Magic.Length), UnknownRaw);
    }

    /// <summary>The parts of a <c>WatchEvent</c>; the object still has its envelope.</summary>
    /// <exception cref="MalformedObjectException">It is no such message.</exception>
    public static (string Type, ReadOnlySequence<byte> Object) Open(ReadOnlySequence<byte> watchEvent)
    {
        var type = "";
        var raw = ReadOnlySequence<byte>.Empty;
        var fields = new ProtobufFields(watchEvent);
        while (fields.Next(out var field, out var value))
        {
            if (field == EventType) type = TypeOf(value);
            else if (field == EventObject) raw = Find(value, RawExtensionRaw);
        }

        return (type, raw);
    }

    private static string TypeOf(ReadOnlySequence<byte> value)
    {
        Span<byte> bytes = stackalloc byte[16];
        if (value.Length > bytes.Length) throw new MalformedObjectException("the type of an event is too long");
        value.CopyTo(bytes);
        return bytes[..(int)value.Length] switch
        {
            var type when type.SequenceEqual("ADDED"u8) => WatchEventTypes.Added,
            var type when type.SequenceEqual("MODIFIED"u8) => WatchEventTypes.Modified,
            var type when type.SequenceEqual("DELETED"u8) => WatchEventTypes.Deleted,
            var type when type.SequenceEqual("BOOKMARK"u8) => WatchEventTypes.Bookmark,
            var type when type.SequenceEqual("ERROR"u8) => WatchEventTypes.Error,
            var type => Encoding.UTF8.GetString(type),
        };
    }

    private static ReadOnlySequence<byte> Find(ReadOnlySequence<byte> message, int wanted)
    {
        var found = ReadOnlySequence<byte>.Empty;
        var fields = new ProtobufFields(message);
        while (fields.Next(out var field, out var value))
            if (field == wanted) found = value;
        return found;
    }
}

/// <summary>The types of watch events, as the API server spells them.</summary>
internal static class WatchEventTypes
{
    public const string Added = "ADDED";
    public const string Modified = "MODIFIED";
    public const string Deleted = "DELETED";
    public const string Bookmark = "BOOKMARK";
    public const string Error = "ERROR";
}
