using MetaCollector.Grains.Interfaces.Inspection;
using MetaCollector.Silo.Greetings;

namespace MetaCollector.Silo.Inspecting;

/// <summary>The report on the cluster of replicas.</summary>
internal static class ClusterReports
{
    /// <param name="survey">The replicas' answers.</param>
    /// <param name="isWithoutFalco">Whether a node has no Falco, so that a missing stream is no finding.</param>
    public static ClusterReport Make(Survey survey, Func<string, bool> isWithoutFalco) => new()
    {
        Findings = [.. ReadingFindings.Of(survey), .. Strangers(survey), .. Unserved(survey, isWithoutFalco), .. Stuck(survey), .. Waiting(survey), .. StrangerFindings.OfCluster(survey)],
        Leader = survey.LeaderInspection is null ? null : ReadingFindings.Address(survey.Leader!.Silo),
        Term = survey.LeaderInspection?.Term ?? 0,
        IsSynced = survey.LeaderInspection is not null && survey.Leader!.IsSynced,
        Server = survey.Replicas.Select(replica => replica.Inspection?.Server).FirstOrDefault(server => server is not null) ?? "",
        NodesWithPods = survey.Nodes?.Count,
        Replicas = [.. survey.Replicas.Select(Row)],
        Kinds = survey.LeaderInspection is { } leader ? [.. leader.Kinds.Select(kind => Row(kind, leader))] : [],
    };

    /// <summary>Findings about streams that ask for nodes without pods: most often the node's name is misspelt.</summary>
    public static IEnumerable<string> Strangers(Survey survey)
    {
        if (survey.Nodes is not { } nodes) return [];
        return survey.Streams.Keys.Where(node => !nodes.Contains(node)).Order(StringComparer.Ordinal).Take(InspectionLimits.NamesEach)
            .Select(node => $"a stream asks for node '{node}', which has no pods: Falco's k8smeta must be given the name that kubectl get nodes shows (nodeName){NodeNames.Suggest(node, nodes)}");
    }

    /// <summary>Some names, and how many more there are.</summary>
    public static string Some(IReadOnlyCollection<string> names)
    {
        var some = string.Join(", ", names.Order(StringComparer.Ordinal).Take(InspectionLimits.NamesEach));
        return names.Count > InspectionLimits.NamesEach ? $"{some} and {names.Count - InspectionLimits.NamesEach} more" : some;
    }

    public static string Stuck(StreamInspection stream, string replica) =>
        $"the stream of node {stream.Node} to {stream.Peer} on {replica} is stuck: its Falco has taken nothing for {Durations.Text(stream.BlockedFor)}, and {stream.Pending} events wait for it";

    private static IEnumerable<string> Unserved(Survey survey, Func<string, bool> isWithoutFalco)
    {
        var streams = survey.Streams;
        var unserved = survey.Nodes?.Where(node => !streams.ContainsKey(node) && !isWithoutFalco(node)).ToList() ?? [];
        if (unserved.Count > 0)
            yield return $"{unserved.Count} of {survey.Nodes!.Count} nodes with pods have no stream, so no Falco there gets metadata: {Some(unserved)}";
    }

    private static IEnumerable<string> Stuck(Survey survey) => survey.Replicas
        .SelectMany(replica => (replica.Inspection?.Stuck ?? []).Where(stream => stream.HasStarted).Select(stream => (replica.Name, stream)))
        .OrderByDescending(stuck => stuck.stream.BlockedFor).Take(InspectionLimits.Names)
        .Select(stuck => Stuck(stuck.stream, stuck.Name));

    private static IEnumerable<string> Waiting(Survey survey)
    {
        var nodes = survey.Replicas.SelectMany(replica => (replica.Inspection?.Stuck ?? []).Where(stream => !stream.HasStarted)).Select(stream => stream.Node).Distinct().ToList();
        if (nodes.Count > 0)
            yield return $"streams have waited for more than {Durations.Text(ReplicaInspector.Stuck)} to begin, which they do once everything related to their node is known: nodes {Some(nodes)}; metacollector inspect node NAME says what is missing";
    }

    // A watch that cannot be resumed is none, though what is held stays.
    private static KindRow Row(KindInspection kind, ReplicaInspection leader) => new(
        kind.Kind, kind.State == "watching" && leader.Trouble is not null ? "resuming" : kind.State, kind.Objects, kind.SinceLastEvent?.TotalSeconds, kind.Reason);

    private static ReplicaRow Row(SurveyedReplica replica) => new(
        replica.Name, ReadingFindings.Address(replica.Silo), replica.Status.ToString(), replica.Inspection is { Term: > 0 }, replica.Inspection?.Version,
        replica.Inspection?.Streams.Count, replica.Inspection?.Streams.Sum(streams => streams.Count), replica.Inspection?.Stuck.Count(stream => stream.HasStarted));
}
