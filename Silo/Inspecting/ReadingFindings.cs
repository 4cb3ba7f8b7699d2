using MetaCollector.Grains.Interfaces.Inspection;
using MetaCollector.Grains.Interfaces.Leadership;
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
        else if (Lease(survey) is { } lease) yield return lease;
        if (survey.LeaderInspection is { } leader)
        {
            if (leader.Trouble is { } trouble)
                yield return $"the API server at {leader.Server} cannot be read: {trouble}; {Consequence}";
            foreach (var finding in leader.Kinds.Select(Of).OfType<string>()) yield return finding;
            if (survey.Leader is { IsSynced: false } announced) yield return Unsynced(announced, leader);
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

    // Whoever leads goes on without the Lease, so nothing is missing yet.
    private static string? Lease(Survey survey)
    {
        var troubled = survey.Replicas.Where(replica => replica.Inspection?.LeaseTrouble is not null).ToList();
        return troubled.Count == 0
            ? null
            : $"the Lease cannot be used by {ClusterReports.Some([.. troubled.Select(replica => replica.Name)])}: {troubled[0].Inspection!.LeaseTrouble}; the leader goes on, but nobody could take over from it";
    }

    private static string? Of(KindInspection kind)
    {
        var name = ResourceKinds.NameOf(kind.Kind);
        if (kind.State == "unknown") return $"{name} cannot be read ({kind.Reason}): {Remedy(kind.Reason)}; until then {Missing(kind.Kind)}";
        if (kind is { State: "listing", Reason: { } reason }) return $"{name} cannot be read: {reason}; it is tried again";
        if (kind.IsLate)
            return $"{name}: lists find changes that its watch did not bring: is there a proxy between the collector and the API server that buffers? Until watches arrive, it is listed every --watch-idle-timeout";
        return kind.IsSilent
            ? $"{name}: nothing was heard from the API server for {Durations.Text(kind.SinceLastEvent!.Value)}, though it says something about every minute: changes may be missing until it is listed (--watch-idle-timeout)"
            : null;
    }

    private static string Remedy(string? reason) => reason?.StartsWith("404", StringComparison.Ordinal) == true
        ? "this server does not serve it: is its address that of an API server (--kubeconfig), and of a version that has this kind?"
        : "grant list and watch on it";

    private static string Missing(ResourceKind kind) => kind == ResourceKind.EndpointSlice
        ? "nothing new is known of which pods a service without a selector serves"
        : $"no {ResourceKinds.NameOf(kind)} is sent, nor what only one leads to";

    private static string Unsynced(LeaderAnnouncement announced, ReplicaInspection leader)
    {
        if (announced.Blindness is not null) return "the leader tells nobody anything before it can read Pods and Namespaces";
        var missing = leader.Kinds.Where(kind => kind.State == "listing").Select(kind => ResourceKinds.NameOf(kind.Kind)).ToList();
        return missing.Count == 0
            ? "the leader has read everything, and has not fed every namespace yet"
            : $"the leader has not read everything yet, and new streams wait for it: still listing {string.Join(", ", missing)}";
    }
}
