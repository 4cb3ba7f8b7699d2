using MetaCollector.Grains.Interfaces.Inspection;
using MetaCollector.Grains.Interfaces.Positions;

namespace MetaCollector.Silo.Inspecting;

/// <summary>Tells of one namespace: what is in it, and which nodes are sent it.</summary>
internal static class NamespaceReports
{
    /// <summary>The report.</summary>
    /// <param name="namespace">Name of the namespace.</param>
    /// <param name="survey">What the replicas say.</param>
    /// <param name="atLeader">How far the leader is; null where there is none to ask.</param>
    /// <param name="held">What the namespace's grain says; null where there is none.</param>
    public static NamespaceReport Make(string @namespace, Survey survey, Position? atLeader, NamespaceInspection? held) => new()
    {
        Namespace = @namespace,
        Findings = [.. ReadingFindings.Of(survey), .. OfGrain(@namespace, atLeader, held?.Position)],
        AtLeader = Text(atLeader),
        AtNamespace = Text(held?.Position),
        NodeCount = held?.NodeCount ?? 0,
        ResourceCount = held?.Count ?? 0,
        Resources =
        [
            .. (held?.Resources ?? []).Select(resource =>
                new PlacedRow(resource.Kind, resource.Name, resource.Uid.ToString(), [.. resource.Nodes], resource.NodeCount)),
        ],
    };

    /// <summary>A position as it is told: <c>none</c> where nothing was seen, null where nobody could tell.</summary>
    public static string? Text(Position? position) => position is { IsNone: true } ? "none" : position?.ToString();

    /// <summary>Whether the namespace is known, and as the leader knows it.</summary>
    public static IEnumerable<string> OfGrain(string @namespace, Position? atLeader, Position? held)
    {
        if (atLeader is { IsNone: true })
            yield return $"nothing was read of a namespace named '{@namespace}'; kubectl get namespaces lists the names";
        else if (atLeader is { } leader && (held is not { } own || own < leader))
            yield return $"namespace {@namespace} is behind: it is at {Text(held) ?? "none"}, and the leader has read {leader}";
    }
}
