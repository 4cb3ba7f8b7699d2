using MetaCollector.Conversation.Sharing;

namespace MetaCollector.Conversation.Receiving;

/// <summary>
/// Decides what a consumer of slices keeps while its producer does not know some kinds (<see cref="Batch{TChange}.Unknown"/>). A producer
/// that was activated while the API server refused a kind cannot send its objects, the references to them, or the owners and services
/// found through them. The consumer keeps these: they may still exist. Pure functions.
/// </summary>
public static class LastKnown
{
    /// <summary>Adds to a pod the held references that its producer cannot know; returns any other resource unchanged.</summary>
    /// <param name="told">The version that the producer sent.</param>
    /// <param name="held">The held version of the same uid; null for none.</param>
    /// <param name="unknown">The kinds of which the producer knows nothing.</param>
    /// <param name="content">Everything that the consumer holds.</param>
    public static NodeResource Complete(NodeResource told, NodeResource? held, KindSet unknown, UidSortedSet<NodeResource> content)
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

    /// <summary>Whether the consumer keeps a resource that the producer leaves out or removes.</summary>
    /// <param name="resource">The held resource.</param>
    /// <param name="unknown">The kinds of which the producer knows nothing.</param>
    /// <param name="content">The slice, after the pods of the batch were applied.</param>
    public static bool Stays(NodeResource resource, KindSet unknown, IEnumerable<NodeResource> content) =>
        unknown.Contains(resource.Kind)
        || content.Any(pod => pod.References is { } references && references.Contains(resource.Uid) && (UnknownOwners(references, unknown).Any()
            || (resource.Kind == ResourceKind.Service && unknown.Contains(ResourceKind.EndpointSlice))));

    /// <summary>
    /// Whether a resource that the producer leaves out or removes is decided on first. Pods are: other resources stay only for a pod that is
    /// still held.
    /// </summary>
    /// <param name="held">The resource; null where it is not held.</param>
    public static bool GoesFirst(NodeResource? held) => held?.Kind == ResourceKind.Pod;

    // The producer copies the reference to an owner of an unknown kind, but cannot follow it. If the held version has the same reference, the
    // owners above it are still right.
    private static bool HasSameUnknownOwner(References references, References before, KindSet unknown) =>
        UnknownOwners(references, unknown).Any(before.Contains);

    private static IEnumerable<Uid> UnknownOwners(References references, KindSet unknown) => references.Kinds
        .Where(kind => Enum.TryParse<ResourceKind>(kind.Kind, out var known) && unknown.Contains(known)
            && known is not (ResourceKind.Service or ResourceKind.Namespace))
        .SelectMany(kind => kind.Uids);

    private static bool IsKept(string kind, Uid uid, KindSet unknown, bool keepsOwners, UidSortedSet<NodeResource> content) => kind switch
    {
        nameof(ResourceKind.Namespace) => unknown.Contains(ResourceKind.Namespace),
        nameof(ResourceKind.Service) => unknown.Contains(ResourceKind.Service)
            || (unknown.Contains(ResourceKind.EndpointSlice) && content.Find(uid)?.Resource is Service { Selector.Count: 0 }),
        _ => keepsOwners,
    };
}
