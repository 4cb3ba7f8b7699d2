namespace MetaCollector.Conversation.Sending;

/// <summary>Cuts a batch into parts small enough not to delay Orleans' probes on the same connection.</summary>
public static class BatchParts
{
    /// <summary>Largest size of a part in bytes, by the estimate of the caller; a single change may exceed it.</summary>
    public const int MaxBytes = 1_000_000;

    /// <summary>The parts of <paramref name="batch"/>, in order: always at least one.</summary>
    /// <param name="batch">The whole batch.</param>
    /// <param name="sizeOf">Estimates the size of a change, in bytes.</param>
    /// <param name="maxBytes">Largest size of a part, in bytes.</param>
    public static IEnumerable<Batch<TChange>> Split<TChange>(Batch<TChange> batch, Func<TChange, int> sizeOf, int maxBytes = MaxBytes)
    {
        int start = 0, part = 0;
        var sending = Random.Shared.NextInt64(1, long.MaxValue);
        while (true)
        {
            var end = start;
            for (var bytes = 0L; end < batch.Changes.Length; end++)
            {
                bytes += sizeOf(batch.Changes[end]);
                if (bytes > maxBytes && end > start) break;
            }

            var isLast = end == batch.Changes.Length;
            yield return isLast && start == 0
                ? batch
                : batch with { Part = part, IsLast = isLast, Sending = sending, Changes = batch.Changes[start..end] };
            if (isLast) yield break;
            start = end;
            part++;
        }
    }
}
