using MetaCollector.Grains.Interfaces.Inspection;
using MetaCollector.Grains.Interfaces.Leadership;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;

namespace MetaCollector.Silo.Inspecting;

/// <summary>The report on one node: the resources related to it and why, and what each of its streams was sent.</summary>
internal static class NodeReports
{
    // A younger event is not late.
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(5);

    /// <param name="node">Name of the node.</param>
    /// <param name="survey">The replicas' answers.</param>
    /// <param name="inventory">The leader's inventory of the node; null without a leader.</param>
    /// <param name="held">The answer of the node's grain; null where it is not active.</param>
    /// <param name="slices">The answers of the namespaces' grains; null for a grain that is not active.</param>
    /// <param name="streams">The streams, by replica.</param>
    /// <param name="strangers">Findings about connections that could not be used.</param>
    public static NodeReport Make(
        string node, Survey survey, NodeInventory? inventory, NodeInspection? held, IReadOnlyDictionary<string, SliceInspection?> slices,
        IReadOnlyList<ReplicaStreams> streams, IEnumerable<string> strangers)
    {
        var rows = streams.SelectMany(replica => replica.Streams.Streams.Select(stream => (replica.Replica, Stream: stream)))
            .Take(InspectionLimits.StreamsOfANode).ToList();
        var progress = slices.Keys.Select(name => Slice(name, inventory, held, slices[name])).ToList();
        return new NodeReport
        {
            Node = node,
            Findings =
            [
                .. ReadingFindings.Of(survey), .. OfPods(node, survey), .. OfStreams(node, survey, streams), .. strangers,
                .. progress.Select(Lag).OfType<string>(), .. rows.SelectMany(row => OfStream(row.Replica, row.Stream)),
            ],
            IsComplete = held?.IsComplete,
            StreamCount = streams.Sum(replica => replica.Streams.Count),
            Streams = [.. rows.Select((row, i) => Row(i + 1, row.Replica, row.Stream))],
            ResourceCount = slices.Values.Sum(slice => slice?.Count ?? 0),
            Resources = Resources(slices, [.. rows.Select(row => row.Stream)]),
            Namespaces = progress,
        };
    }

    /// <summary>Findings about a node that no Falco asks for, and about names that may be meant.</summary>
    public static IEnumerable<string> OfStreams(string node, Survey survey, IReadOnlyList<ReplicaStreams> streams)
    {
        if (streams.Any(replica => replica.Streams.Count > 0)) yield break;
        yield return $"no replica has a stream of node {node}: its Falco is not connected, or asks for another name";
        foreach (var stranger in ClusterReports.Strangers(survey)) yield return stranger;
    }

    public static IEnumerable<string> OfStream(string replica, StreamInspection stream)
    {
        if (!stream.HasStarted) yield return $"the stream to {stream.Peer} on {replica} has not begun: it waits until everything related to its node is known";
        else if (stream.BlockedFor > Late) yield return ClusterReports.Stuck(stream, replica);
        else if (stream.OldestPending > Late)
            yield return $"the stream to {stream.Peer} on {replica} is late: {stream.Pending} events are pending, the oldest for {Durations.Text(stream.OldestPending)}";
    }

    public static SentState StateOf(ResourceKind kind, KindSet asked, SentResource? sent) =>
        sent is { IsCurrent: true } ? SentState.Sent
        : sent is not null ? SentState.Outdated
        : asked.Contains(kind) ? SentState.Pending
        : SentState.NotAskedFor;

    private static IEnumerable<string> OfPods(string node, Survey survey)
    {
        if (survey.Nodes is { } nodes && !nodes.Contains(node))
            yield return $"no pod is bound to a node named '{node}'; kubectl get nodes lists the names{NodeNames.Suggest(node, nodes)}";
    }

    private static SliceRow Slice(string name, NodeInventory? inventory, NodeInspection? held, SliceInspection? slice) => new(
        name,
        inventory?.Namespaces.Where(other => other.Namespace == name).Select(other => other.Position.ToString()).FirstOrDefault(),
        Text(slice?.Position), Text((held?.Slices ?? []).FirstOrDefault(other => other.Namespace == name)?.Position), slice?.Count ?? 0);

    private static string? Text(Position? position) => position is null or { IsNone: true } ? null : position.ToString();

    // A namespace sends its position to a node only with a change for that node, so an older position does not mean that the node is behind.
    private static string? Lag(SliceRow row) => row switch
    {
        { AtLeader: not null, AtNamespace: null } => $"namespace {row.Namespace} is being rebuilt: what it has on this node is not known yet",
        { Resources: > 0, AtNode: null } => $"the node was not told yet what namespace {row.Namespace} has on it",
        _ => null,
    };

    private static StreamRow Row(int number, string replica, StreamInspection stream) => new(
        number, replica, stream.Peer, stream.OpenedAt, [.. stream.Kinds.Kinds()], stream.HasStarted, stream.Sent.Count, stream.Written, stream.Pending,
        stream.OldestPending.TotalSeconds, stream.BlockedFor.TotalSeconds, stream.LastDelay?.TotalSeconds);

    private static IReadOnlyList<RelatedRow> Resources(IReadOnlyDictionary<string, SliceInspection?> slices, IReadOnlyList<StreamInspection> streams)
    {
        var sent = streams.Select(stream => (stream.Kinds, Sent: stream.Sent.ToDictionary(one => one.Uid))).ToList();
        return
        [
            .. slices.SelectMany(slice => (slice.Value?.Resources ?? []).Select(resource => new RelatedRow(
                    resource.Kind, slice.Key, resource.Name, resource.Uid.ToString(), [.. resource.Pods], resource.PodCount,
                    [.. sent.Select(stream => StateOf(resource.Kind, stream.Kinds, stream.Sent.TryGetValue(resource.Uid, out var one) ? one : null))])))
                .OrderBy(row => row.Namespace, StringComparer.Ordinal).ThenBy(row => row.Kind).ThenBy(row => row.Name, StringComparer.Ordinal)
                .Take(InspectionLimits.Resources),
        ];
    }
}
