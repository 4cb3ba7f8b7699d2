namespace MetaCollector.Informer.Storing;

/// <summary>
/// The state of each kind: unread at first, then listed or refused. The store keeps the objects of a kind that is refused later. Guarded by
/// the store's lock.
/// </summary>
internal sealed class ReadKinds(KindSet wanted)
{
    private KindSet _refused;
    private KindSet _known;

    /// <summary>The kinds that must be listed before anything is fed: only pods relate resources to nodes, and each is in a namespace.</summary>
    public static KindSet Essential { get; } = KindSet.Of(ResourceKind.Pod, ResourceKind.Namespace);

    public KindSet Listed { get; private set; }

    /// <summary>The kinds that were never listed.</summary>
    public KindSet Unknown => wanted.Except(_known);

    /// <summary>Whether every kind is listed or refused, and the essential ones are listed.</summary>
    public bool AreSettled => Listed.Union(_refused) == wanted && Essential.Intersect(wanted).Except(Listed).IsEmpty;

    /// <summary>Notes that a kind was listed.</summary>
    public void List(ResourceKind kind) => (Listed, _refused, _known) = (Listed.With(kind), _refused.Without(kind), _known.With(kind));

    /// <summary>Notes that a kind cannot be read.</summary>
    public void Refuse(ResourceKind kind) => (Listed, _refused) = (Listed.Without(kind), _refused.With(kind));

    public void Clear() => (Listed, _refused, _known) = (default, default, default);
}
