using MetaCollector.Grains.Interfaces.Inspection;
using MetaCollector.Grains.Relations;
using MetaCollector.Grains.Slices;

namespace MetaCollector.Grains.Inspection;

/// <summary>Explains one pod's references, for <c>metacollector inspect</c>: what it refers to, why, and which of these are not known.</summary>
internal static class PodExplanation
{
    /// <summary>What is known of the pod with this name. Of two pods with the name, an old and a new one, the bound one.</summary>
    public static PodInspection Of(NamespaceState state, string name)
    {
        var relations = state.Relations;
        var entry = relations.Entries.Where(entry => entry.Resource is Pod pod && pod.Name == name)
            .OrderByDescending(entry => ((Pod)entry.Resource).Node.Length > 0).FirstOrDefault();
        return new PodInspection
        {
            Position = state.Position,
            Watched = relations.Watched,
            Pod = (Pod?)entry?.Resource,
            References = entry is null ? [] : [.. Explain(relations, (Pod)entry.Resource, entry.References)],
        };
    }

    private static IEnumerable<PodReference> Explain(NamespaceRelations relations, Pod pod, References? sent)
    {
        foreach (var space in relations.Entries.Where(entry => entry.Resource.Kind == ResourceKind.Namespace))
            yield return Known(space.Resource, ReferenceReason.Namespace);
        if (pod.Controller is { } owner)
        {
            yield return Owner(owner, ReferenceReason.Owner);
            if (relations.Find(owner.Uid)?.Controller is { } ownersOwner) yield return Owner(ownersOwner, ReferenceReason.OwnersOwner);
        }

        foreach (var entry in relations.Entries)
        {
            if (entry.Resource is not Service service || relations.Services.TieOf(pod, service) is not { } tie) continue;
            var why = service.Selector.Count > 0 ? ReferenceReason.Selector : ReferenceReason.EndpointSlice;
            yield return Known(service, why) with { Tie = tie };
        }

        PodReference Known(Resource resource, ReferenceReason why) =>
            new(ResourceKinds.NameOf(resource.Kind), resource.Uid, resource.Name, why, IsSent(resource.Uid));

        PodReference Owner(Owner reference, ReferenceReason why) =>
            new(reference.Kind, reference.Uid, relations.Find(reference.Uid)?.Name, why, IsSent(reference.Uid));

        bool IsSent(Uid uid) => sent?.Contains(uid) == true;
    }
}
