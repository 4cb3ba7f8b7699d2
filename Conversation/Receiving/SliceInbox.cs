using MetaCollector.Conversation.Sharing;

namespace MetaCollector.Conversation.Receiving;

/// <summary>
/// The consumer's end of a slice, what one namespace has for one node, on both hops that carry slices: ResourceGrain → NodeGrain and
/// NodeGrain → gateway. Not thread-safe.
/// </summary>
/// <param name="content">Where the resources are kept; slices of several namespaces may share it.</param>
/// <param name="pool">The silo's versions.</param>
/// <param name="admits">Whether a resource is kept; null for all. One that is not is treated as not related.</param>
public abstract class SliceInbox(UidSortedSet<NodeResource> content, VersionPool pool, Predicate<NodeResource>? admits = null) : Inbox<SliceChange>
{
    private KindSet _keptFor;

    /// <summary>The position of what is held; none while everything has to be told.</summary>
    public Position Position => Held;

    /// <summary>
    /// Whether something is kept that the last producer left out, since it knows nothing of some kinds: then the content is not just that of
    /// <see cref="Position"/>, and only a snapshot of a producer that knows more sets it right.
    /// </summary>
    public bool Keeps => !_keptFor.IsEmpty;

    /// <summary>The kinds of which the producer knows nothing.</summary>
    public KindSet Unknown { get; private set; } = KindSet.All;

    /// <summary>Number of resources.</summary>
    public int Count { get; private set; }

    /// <summary>Where the resources are kept.</summary>
    protected UidSortedSet<NodeResource> Content => content;

    /// <summary>Takes a batch, and applies it as soon as its last part is there.</summary>
    /// <param name="batch">One part.</param>
    /// <param name="changed">Gets what is different since, also where applying it failed half-way: nothing that looks as before.</param>
    public Receipt Receive(Batch<SliceChange> batch, List<ContentChange> changed) =>
        Receive(batch, (Slice: this, Changed: changed), static (to, batch, changes) => to.Slice.Apply(batch, changes, to.Changed));

    // False where the batch does not fit what is held.
    private bool Apply(Batch<SliceChange> batch, SliceChange[] changes, List<ContentChange> changed)
    {
        if (batch.IsSnapshot) (Unknown, _keptFor) = (batch.Unknown, default);
        else if (!_keptFor.Except(batch.Unknown).IsEmpty) return false;
        if (batch.IsSnapshot && content.Count == 0) content.EnsureCapacity(changes.Length);
        // What is gone may be kept for what is told beside it: that comes first.
        var refused = 0;
        foreach (var change in changes)
            if (!IsRemoval(change) && !Put(change, batch, changed, ref refused)) return false;
        foreach (var change in changes)
            if (IsRemoval(change) && LastKnown.GoesFirst(content.Find(change.Uid))) Remove(change.Uid, batch, changed);
        foreach (var change in changes)
            if (IsRemoval(change)) Remove(change.Uid, batch, changed);
        if (batch.IsSnapshot && Count > changes.Length - refused) RemoveUnmentioned(changes, batch, changed);
        return true;
    }

    private static bool IsRemoval(SliceChange change) => change is { Resource: null, References: null };

    // False where only the references of something are told that is not held: the position said that it is.
    private bool Put(SliceChange change, Batch<SliceChange> batch, List<ContentChange> changed, ref int refused)
    {
        var before = content.Find(change.Uid);
        if ((change.Resource ?? before) is not { } told) return false;
        if (change.References is not null) told = told with { References = change.References };
        var now = LastKnown.Complete(told, before, batch.Unknown, content);
        if (!ReferenceEquals(now, told)) _keptFor = _keptFor.Union(batch.Unknown);
        if (admits?.Invoke(now) == false)
        {
            refused++;
            if (before is not null) Drop(change.Uid, before, changed);
            return true;
        }

        now = pool.Share(now);
        if (before is null) Count++;
        // Where nobody could tell the difference, the newer instance may still be the one that others share.
        if (before?.LooksLike(now) != true) changed.Add(new ContentChange(change.Uid, before, now));
        content.Put(now);
        return true;
    }

    private void RemoveUnmentioned(SliceChange[] changes, Batch<SliceChange> batch, List<ContentChange> changed)
    {
        var mentioned = changes.Select(change => change.Uid).ToHashSet();
        var unmentioned = content.Where(held => held.Resource.Namespace == batch.Namespace && !mentioned.Contains(held.Uid));
        foreach (var held in unmentioned.OrderByDescending(LastKnown.GoesFirst)) Remove(held.Uid, batch, changed);
    }

    private void Remove(Uid uid, Batch<SliceChange> batch, List<ContentChange> changed)
    {
        if (content.Find(uid) is not { } held) return;
        if (!batch.Unknown.IsEmpty && Stays(held, batch)) _keptFor = _keptFor.Union(batch.Unknown);
        else Drop(uid, held, changed);
    }

    private bool Stays(NodeResource held, Batch<SliceChange> batch) =>
        LastKnown.Stays(held, batch.Unknown, content.Where(other => other.Resource.Namespace == batch.Namespace));

    private void Drop(Uid uid, NodeResource held, List<ContentChange> changed)
    {
        changed.Add(new ContentChange(uid, held, null));
        content.Remove(uid);
        Count--;
    }
}

/// <summary>What became of one uid.</summary>
/// <param name="Uid">The uid.</param>
/// <param name="Before">What it was; null where it was not there.</param>
/// <param name="After">What it is; null where it is gone.</param>
public readonly record struct ContentChange(Uid Uid, NodeResource? Before, NodeResource? After)
{
    /// <summary>Whether it differs in its references alone.</summary>
    public bool IsOfReferences => Before is not null && After is not null && Before.Resource.LooksLike(After.Resource);
}
