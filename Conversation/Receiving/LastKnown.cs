using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;

namespace MetaCollector.Conversation.Receiving;

/// <summary>
/// What a consumer of slices goes on to hold while its producer knows nothing of some kinds (<see cref="Batch{TChange}.Unknown"/>): a
/// producer that came up while a kind was refused leaves out its objects, the references to them, and whatever is found by way of
/// them. None of that is gone because nobody mentions it. Plain functions.
/// </summary>
public static class LastKnown
{
    /// <summary>A version of a pod with the references that its producer cannot know, as they were held; any other resource as it is.</summary>
    /// <param name="told">What the producer told.</param>
    /// <param name="held">What is held of the same uid; null for nothing.</param>
    /// <param name="unknown">The kinds of which the producer knows nothing.</param>
    /// <param name="content">What else is held.</param>
    public static NodeResource Complete(NodeResource told, NodeResource? held, KindSet unknown, Dictionary<Uid, NodeResource> content)
    {
        if (unknown.IsEmpty || told.References is not { } references || held?.References is not { } before) return told;
        var keepsOwners = HasSameUnknownOwner(references, before, unknown);
        var kinds = new SortedDictionary<string, SortedSet<Uid>>(StringComparer.Ordinal);
        foreach (var kind in references.Kinds) kinds[kind.Kind] = [.. kind.Uids];
        foreach (var (kind, uids) in before.Kinds)
        {
            foreach (var uid in uids)
            {
                if (!IsKept(kind, uid, unknown, keepsOwners, content)) continue;
                if (!kinds.TryGetValue(kind, out var kept)) kinds[kind] = kept = [];
                kept.Add(uid);
            }
        }

        var completed = new References { Kinds = [.. kinds.Select(kind => new KindReferences(kind.Key, [.. kind.Value]))] };
        return completed == references ? told : told with { References = completed };
    }

    /// <summary>Whether a resource stays that the producer does not mention, or says is gone.</summary>
    /// <param name="resource">What is held.</param>
    /// <param name="unknown">The kinds of which the producer knows nothing.</param>
    /// <param name="content">What the slice holds, with the pods that the producer told.</param>
    public static bool Stays(NodeResource resource, KindSet unknown, IEnumerable<NodeResource> content) =>
        unknown.Contains(resource.Kind)
        || content.Any(pod => pod.References is { } references && references.Contains(resource.Uid) && (UnknownOwners(references, unknown).Any()
            || (resource.Kind == ResourceKind.Service && unknown.Contains(ResourceKind.EndpointSlice))));

    /// <summary>
    /// Whether <see cref="Stays"/> has to be asked of this one first, of all that the producer does not mention or says is gone: of pods, since anything else
    /// stays only for a pod that is still held.
    /// </summary>
    /// <param name="uid">What may be gone.</param>
    /// <param name="content">What is held.</param>
    public static bool GoesFirst(Uid uid, Dictionary<Uid, NodeResource> content) => content.TryGetValue(uid, out var held) && held.Kind == ResourceKind.Pod;

    // The producer copies the reference to an owner that it does not know, and cannot follow it. Where the same one was held, whatever
    // was found by way of it still stands.
    private static bool HasSameUnknownOwner(References references, References before, KindSet unknown) =>
        UnknownOwners(references, unknown).Any(before.Contains);

    private static IEnumerable<Uid> UnknownOwners(References references, KindSet unknown) => references.Kinds
        .Where(kind => Enum.TryParse<ResourceKind>(kind.Kind, out var known) && unknown.Contains(known)
            && known is not (ResourceKind.Service or ResourceKind.Namespace))
        .SelectMany(kind => kind.Uids);

    private static bool IsKept(string kind, Uid uid, KindSet unknown, bool keepsOwners, Dictionary<Uid, NodeResource> content) => kind switch
    {
        nameof(ResourceKind.Namespace) => unknown.Contains(ResourceKind.Namespace),
        nameof(ResourceKind.Service) => unknown.Contains(ResourceKind.Service)
            || (unknown.Contains(ResourceKind.EndpointSlice) && content.GetValueOrDefault(uid)?.Resource is Service { Selector.Count: 0 }),
        _ => keepsOwners,
    };
}
