using MetaCollector.Conversation.Sending;

namespace MetaCollector.Grains.Slices;

/// <summary>Packs batches of several slices into messages of at most <see cref="BatchParts.MaxBytes"/>.</summary>
internal static class SliceMessages
{
    /// <summary>The messages, in order: a batch that is too large for one goes in parts over several.</summary>
    /// <param name="taken">Slices with what was taken of them.</param>
    /// <param name="maxBytes">Largest size of a message, in bytes, by <see cref="MessageSize"/>.</param>
    public static IEnumerable<IReadOnlyList<SlicePart>> Of(IReadOnlyList<SlicePart> taken, int maxBytes = BatchParts.MaxBytes) =>
        taken.Sum(part => (long)MessageSize.Of(part.Batch)) <= maxBytes ? [taken] : Cut(taken, maxBytes);

    private static IEnumerable<IReadOnlyList<SlicePart>> Cut(IReadOnlyList<SlicePart> taken, int maxBytes)
    {
        var message = new List<SlicePart>();
        var bytes = 0L;
        foreach (var whole in taken)
        {
            foreach (var part in PartsOf(whole, maxBytes))
            {
                var size = MessageSize.Of(part.Batch);
                if (message.Count > 0 && bytes + size > maxBytes)
                {
                    yield return message;
                    (message, bytes) = ([], 0);
                }

                message.Add(part);
                bytes += size;
            }
        }

        if (message.Count > 0) yield return message;
    }

    private static IEnumerable<SlicePart> PartsOf(SlicePart whole, int maxBytes) =>
        BatchParts.Split(whole.Batch, MessageSize.Of, maxBytes).Select(part => whole with { Batch = part });
}

/// <summary>A batch or a part of one, with the slice that it belongs to.</summary>
internal readonly record struct SlicePart(SliceOutgoing Slice, Batch<SliceChange> Batch);
