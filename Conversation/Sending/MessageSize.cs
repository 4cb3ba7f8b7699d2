namespace MetaCollector.Conversation.Sending;

/// <summary>
/// Estimates how many bytes a change takes in a message, for cutting batches into parts. Label sets and references that a message shares
/// are counted each time, so it errs on the large side. Plain functions.
/// </summary>
public static class MessageSize
{
    private const int Frame = 64, PerUid = 24, PerText = 4;

    /// <summary>Bytes of a change on its way to a namespace, roughly.</summary>
    public static int Of(ResourceChange change) => Frame + (change.Resource is { } resource ? Of(resource) : 0);

    /// <summary>Bytes of a change on its way to a node, roughly.</summary>
    public static int Of(SliceChange change) =>
        Frame + (change.Resource is { } resource ? Of(resource.Resource) + Of(resource.References) : 0) + Of(change.References);

    /// <summary>Bytes of all changes of a batch, roughly.</summary>
    public static int Of(Batch<SliceChange> batch)
    {
        var size = 0;
        foreach (var change in batch.Changes) size += Of(change);
        return size;
    }

    private static int Of(Resource resource)
    {
        var size = Frame + PerUid + resource.Name.Length + resource.Namespace.Length + (resource.GenerateName?.Length ?? 0) + Of(resource.Labels);
        return resource switch
        {
            Pod pod => size + pod.Node.Length + (pod.Ip?.Length ?? 0),
            Service service => size + Of(service.Selector),
            EndpointSlice slice => size + slice.Targets.Count * (PerUid + PerText),
            _ => size,
        };
    }

    private static int Of(LabelSet labels) => labels.TextLength + PerText * labels.Count;

    private static int Of(References? references)
    {
        var size = 0;
        if (references is null) return size;
        foreach (var kind in references.Kinds.Span) size += kind.Kind.Length + PerText + kind.Uids.Count * PerUid;
        return size;
    }
}
