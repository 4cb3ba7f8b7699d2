using MetaCollector.Clustering.Kubernetes.Leasing;
using MetaCollector.Conversation.Leadership;
using MetaCollector.Grains.Interfaces.Leadership;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Informer;

namespace MetaCollector.Silo.Probes;

/// <summary>Collects the state of a silo from its parts.</summary>
internal static class SiloReports
{
    public static SiloReport Make(IServiceProvider services)
    {
        var status = services.GetRequiredService<ISiloStatusOracle>();
        var directory = services.GetRequiredService<LeaderDirectory>();
        var leader = directory.Leader;
        var replicas = status.GetApproximateSiloStatuses(onlyActive: true).Keys.Order().ToList();
        var isGone = leader is not null && !replicas.Contains(leader.Silo);
        var details = new List<(string, string)>
        {
            ("silo", $"{status.SiloAddress} ({status.CurrentStatus})"),
            ("replicas", string.Join(", ", replicas)),
            ("leader", NameOf(leader?.Silo, isGone, status.SiloAddress)),
            ("term", $"{directory.HighestTerm}{(!isGone && leader is { IsSynced: true, Blindness: null } ? ", in sync" : ", not in sync")}"),
        };
        if (leader is { Refused.IsEmpty: false })
            details.Add(("refused", $"{leader.Refused}: the leader cannot read these, and nothing new is known of them; metacollector inspect cluster says why"));
        var informer = services.GetRequiredService<InformerStatus>();
        if (informer.Trouble is { } trouble) details.Add(("trouble", Describe(informer.Server, trouble)));
        if (services.GetService<LeaseElector>()?.Trouble is { } lease) details.Add(("trouble", $"cannot use the Lease, {(leader is null || isGone ? "so nobody may lead" : "and nobody could take over from the leader, who goes on")}: {lease}"));
        if (informer.IsLeading)
            foreach (var kind in informer.Kinds) details.Add((ResourceKinds.NameOf(kind.Kind), Describe(kind)));
        if (informer.Kinds.Where(kind => kind.IsLate).Select(kind => ResourceKinds.NameOf(kind.Kind)).ToList() is { Count: > 0 } late)
            details.Add(("trouble", $"watches arrive late or not at all ({string.Join(", ", late)}): is there a proxy in between that buffers?"));
        return new SiloReport(
            status.CurrentStatus == SiloStatus.Active, status.CurrentStatus.ToString(), leader is { IsSynced: true }, Waiting(leader, informer), details)
        {
            Blindness = leader?.Blindness,
        };
    }

    private static string NameOf(SiloAddress? leader, bool isGone, SiloAddress self)
    {
        if (leader is null) return "none known";
        if (isGone) return $"none: {leader} is gone or stops, and nobody has taken over yet";
        return leader.Equals(self) ? "this silo" : leader.ToString();
    }

    private static string Waiting(LeaderAnnouncement? leader, InformerStatus informer)
    {
        if (informer.Trouble is { } trouble) return Describe(informer.Server, trouble);
        if (leader is null) return "no leader is known yet";
        var missing = informer.Kinds.Where(kind => kind.State == KindState.Listing).ToList();
        var why = missing.Select(kind => kind.Reason).FirstOrDefault(reason => reason is not null);
        return missing.Count == 0
            ? "the leader has not read everything yet"
            : $"still reading {string.Join(", ", missing.Select(kind => ResourceKinds.NameOf(kind.Kind)))}{(why is null ? "" : $": {why}")}";
    }

    private static string Describe(Uri? server, string trouble) => $"cannot read the API server at {server}: {trouble}";

    private static string Describe(KindStatus kind)
    {
        var reason = kind.Reason is null ? "" : $": {kind.Reason}";
        return $"{kind.State.ToString().ToLowerInvariant()}, {kind.Objects} objects{reason}";
    }
}
