using MetaCollector.Grains.Interfaces.Inspection;
using MetaCollector.Grains.Interfaces.Model;

namespace MetaCollector.Silo.Inspecting;

/// <summary>Findings about reading the API server, which concern each report.</summary>
internal static class ReadingFindings
{
    private const string Consequence = "what is known goes on being served, but no change is seen";

    /// <summary>The findings, gravest first.</summary>
    public static IEnumerable<string> Of(Survey survey)
    {
        if (Leadership(survey) is { } leadership) yield return leadership;
        if (survey.LeaderInspection is { } leader)
        {
            if (leader.Trouble is { } trouble)
                yield return $"the API server at {leader.Server} cannot be read: {trouble}; {Consequence}";
            foreach (var finding in leader.Kinds.Select(Of).OfType<string>()) yield return finding;
            if (survey.Leader is { IsSynced: false }) yield return Unsynced(leader);
        }

        foreach (var replica in survey.Replicas.Where(replica => replica.Inspection is null))
            yield return $"replica {replica.Name} at {Address(replica.Silo)} ({replica.Status}) did not answer, and its streams are missing here: {replica.Failure}";
    }

    /// <summary>A silo's address as people write it.</summary>
    public static string Address(SiloAddress silo) => silo.Endpoint.ToString();

    private static string? Leadership(Survey survey)
    {
        if (survey.LeaderInspection is not null) return null;
        var why = survey.Replicas.Select(replica => replica.Inspection?.LeaseTrouble).FirstOrDefault(trouble => trouble is not null);
        var hindrance = why is null ? "" : $": the Lease cannot be taken: {why}";
        return survey.Leader is { } leader
            ? $"no replica leads: {Address(leader.Silo)}, which led in term {leader.Term}, is gone or has given up, and nobody has taken over yet{hindrance}; {Consequence}"
            : $"no replica leads yet{hindrance}";
    }

    private static string? Of(KindInspection kind)
    {
        var name = ResourceKinds.NameOf(kind.Kind);
        if (kind.State == "unknown")
            return $"{name} cannot be read ({kind.Reason}): grant list and watch on it; until then no {name} is sent, nor what only a {name} leads to";
        if (kind.IsLate)
            return $"{name}: lists find changes that its watch did not bring: is there a proxy between the collector and the API server that buffers? Until watches arrive, it is listed every --watch-idle-timeout";
        return kind.IsSilent
            ? $"{name}: nothing was heard from the API server for {Durations.Text(kind.SinceLastEvent!.Value)}, though it says something about every minute: changes may be missing until it is listed (--watch-idle-timeout)"
            : null;
    }

    private static string Unsynced(ReplicaInspection leader)
    {
        var missing = leader.Kinds.Where(kind => kind.State == "listing").Select(kind => ResourceKinds.NameOf(kind.Kind)).ToList();
        return missing.Count == 0
            ? "the leader has read everything, and has not fed every namespace yet"
            : $"the leader has not read everything yet, and new streams wait for it: still listing {string.Join(", ", missing)}";
    }
}
