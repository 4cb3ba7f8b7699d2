using MetaCollector.Grains.Interfaces.Inspection;
using MetaCollector.Grains.Relations;
using MetaCollector.Grains.Slices;

namespace MetaCollector.Grains.Inspection;

/// <summary>
/// Explains the relations of a namespace, for <c>metacollector inspect</c>. Derives the reasons on request, so that they cost no memory.
/// </summary>
internal static class Explanation
{
    /// <summary>Everything that the namespace holds, and the nodes that it is related to.</summary>
    public static NamespaceInspection OfNamespace(NamespaceState state)
    {
        var relations = state.Relations;
        return new NamespaceInspection
        {
            Position = state.Position,
            Watched = relations.Watched,
            Count = relations.Count,
            NodeCount = relations.Nodes.Count,
            Resources =
            [
                // Pods last: there may be many, and each can be inspected by name.
                .. relations.Entries.OrderBy(entry => entry.Resource is Pod)
                    .ThenBy(entry => entry.Resource.Kind).ThenBy(entry => entry.Resource.Name, StringComparer.Ordinal)
                    .Take(InspectionLimits.Resources).Select(Place),
            ],
        };
    }

    /// <summary>The resources that are related to a node, each with the pods because of which it is.</summary>
    public static SliceInspection OfNode(NamespaceState state, string node)
    {
        var because = new Dictionary<Entry, List<string>>();
        foreach (var pod in state.Relations.Entries.Where(entry => entry.CountedOn == node))
        {
            foreach (var needed in pod.Needs)
            {
                if (!because.TryGetValue(needed, out var pods)) because[needed] = pods = [];
                pods.Add(pod.Resource.Name);
            }
        }

        return new SliceInspection
        {
            Position = state.Position,
            Acknowledged = state.Nodes.TryGetValue(node, out var outgoing) ? outgoing.Acknowledged : default,
            Count = because.Count,
            Resources =
            [
                .. because.Select(reason => (reason.Key.Resource, Pods: reason.Value))
                    .OrderBy(reason => reason.Resource.Kind).ThenBy(reason => reason.Resource.Name, StringComparer.Ordinal)
                    .Take(InspectionLimits.Resources)
                    .Select(reason => new RelatedResource(
                        reason.Resource.Kind, reason.Resource.Uid, reason.Resource.Name, Some(reason.Pods), reason.Pods.Count)),
            ],
        };
    }

    private static PlacedResource Place(Entry entry)
    {
        var nodes = entry.Nodes.Nodes.ToList();
        return new PlacedResource(entry.Resource.Kind, entry.Resource.Uid, entry.Resource.Name, Some(nodes), nodes.Count);
    }

    private static EquatableArray<string> Some(List<string> names) => [.. names.Order(StringComparer.Ordinal).Take(InspectionLimits.NamesEach)];
}
