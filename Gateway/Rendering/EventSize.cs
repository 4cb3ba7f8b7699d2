namespace MetaCollector.Gateway.Rendering;

/// <summary>
/// Limits the size of an event. gRPC clients refuse a message over 4 MiB with RESOURCE_EXHAUSTED, which ends the stream; Falco's plugin
/// would reconnect, get the same message, and repeat that for ever.
/// </summary>
internal static class EventSize
{
    /// <summary>Largest size of an event, in bytes: the default limit of gRPC clients.</summary>
    public const int Limit = 4 * 1024 * 1024;

    private const int WorstBytesPerCharacter = 6;
    private const int BytesPerReference = 64;
    private const int Fixed = 1024;

    /// <summary>Whether the event of this version fits. Cheap unless the resource is near the limit.</summary>
    public static bool Fits(NodeResource resource)
    {
        if (UpperBound(resource) <= Limit) return true;
        var buffer = new WireBuffer();
        EventBody.Write(buffer, resource);
        return buffer.Written.Length + ReadyEvent.ReasonSize <= Limit;
    }

    private static long UpperBound(NodeResource resource)
    {
        var meta = resource.Resource;
        long characters = meta.Name.Length + meta.Namespace.Length + (meta.GenerateName?.Length ?? 0) + meta.Labels.TextLength + 5 * meta.Labels.Count;
        long references = 0;
        if (resource.References is { } to)
            foreach (var kind in to.Kinds.Span) references += kind.Uids.Count + kind.Kind.Length;
        return Fixed + characters * WorstBytesPerCharacter + references * BytesPerReference;
    }
}
