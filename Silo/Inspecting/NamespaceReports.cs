using MetaCollector.Grains.Interfaces.Inspection;
using MetaCollector.Grains.Interfaces.Positions;

namespace MetaCollector.Silo.Inspecting;

/// <summary>The report on one namespace: its resources, and the nodes that get them.</summary>
internal static class NamespaceReports
{
    /// <param name="namespace">Name of the namespace.</param>
    /// <param name="survey">The replicas' answers.</param>
    /// <param name="atLeader">The leader's position; null without a leader.</param>
    /// <param name="held">The answer of the namespace's grain; null where it is not active.</param>
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

    /// <summary>A position as text: <c>none</c> where nothing was read, null where the position is unknown.</summary>
    public static string? Text(Position? position) => position is { IsNone: true } ? "none" : position?.ToString();

    /// <summary>Findings about a namespace that is unknown, or behind the leader.</summary>
    public static IEnumerable<string> OfGrain(string @namespace, Position? atLeader, Position? held)
    {
        if (atLeader is { IsNone: true })
            yield return $"nothing was read of a namespace named '{@namespace}'; kubectl get namespaces lists the names";
        else if (atLeader is { } leader && (held is not { } own || own < leader))
            yield return $"namespace {@namespace} is behind: it is at {Text(held) ?? "none"}, and the leader has read {leader}";
    }
}
