using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;

namespace MetaCollector.Grains.Slices;

/// <summary>Estimates how large a change is in a message, for cutting batches into parts.</summary>
internal static class SliceSize
{
    private const int Frame = 64, PerUid = 24, PerText = 4;

    /// <summary>Bytes of a change, roughly.</summary>
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
        var texts = resource.Name.Length + resource.Namespace.Length + (resource.GenerateName?.Length ?? 0);
        return Frame + PerUid + texts + resource.Labels.TextLength + PerText * resource.Labels.Count;
    }

    private static int Of(References? references)
    {
        var size = 0;
        if (references is null) return size;
        foreach (var kind in references.Kinds.Span) size += kind.Kind.Length + PerText + kind.Uids.Count * PerUid;
        return size;
    }
}
