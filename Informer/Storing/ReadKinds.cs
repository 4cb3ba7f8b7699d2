using MetaCollector.Grains.Interfaces.Model;

namespace MetaCollector.Informer.Storing;

/// <summary>
/// Which kinds are read. A kind is unread at first, then listed or refused; what is held of one that is refused later stays. Guarded
/// by the store's lock.
/// </summary>
/// <param name="wanted">The kinds that are to be read.</param>
internal sealed class ReadKinds(KindSet wanted)
{
    private KindSet _refused;
    private KindSet _known;

    /// <summary>The kinds without which nobody can be told anything: everything that is related is so by a pod, in a namespace.</summary>
    public static KindSet Essential { get; } = KindSet.Of(ResourceKind.Pod, ResourceKind.Namespace);

    /// <summary>The kinds that are read.</summary>
    public KindSet Listed { get; private set; }

    /// <summary>The kinds that were never listed: nothing is known of them.</summary>
    public KindSet Unknown => wanted.Except(_known);

    /// <summary>Whether every kind is listed or refused, and the essential ones are listed.</summary>
    public bool AreSettled => Listed.Union(_refused) == wanted && Essential.Intersect(wanted).Except(Listed).IsEmpty;

    /// <summary>A kind was listed.</summary>
    public void List(ResourceKind kind) => (Listed, _refused, _known) = (Listed.With(kind), _refused.Without(kind), _known.With(kind));

    /// <summary>A kind cannot be read.</summary>
    public void Refuse(ResourceKind kind) => (Listed, _refused) = (Listed.Without(kind), _refused.With(kind));

    /// <summary>Forgets everything.</summary>
    public void Clear() => (Listed, _refused, _known) = (default, default, default);
}
