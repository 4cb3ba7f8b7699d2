using MetaCollector.Grains.Interfaces.Inspection;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;

namespace MetaCollector.Silo.Inspecting;

/// <summary>The report on one pod: the streams that get it, its references, and why no stream gets it.</summary>
internal static class PodReports
{
    /// <param name="namespace">The pod's namespace.</param>
    /// <param name="name">The pod's name.</param>
    /// <param name="survey">The replicas' answers.</param>
    /// <param name="atLeader">The leader's position of the namespace; null without a leader.</param>
    /// <param name="held">The answer of the namespace's grain; null where it is not active.</param>
    /// <param name="streams">The streams of the pod's node.</param>
    public static PodReport Make(
        string @namespace, string name, Survey survey, Position? atLeader, PodInspection? held, IReadOnlyList<ReplicaStreams> streams)
    {
        var all = streams.SelectMany(replica => replica.Streams.Streams.Select(stream => (replica.Replica, Stream: stream))).ToList();
        var pod = held?.Pod;
        return new PodReport
        {
            Namespace = @namespace,
            Name = name,
            Findings =
            [
                .. ReadingFindings.Of(survey), .. NamespaceReports.OfGrain(@namespace, atLeader, held?.Position),
                .. pod is null ? Unknown(@namespace, name, held) : OfPod(pod, survey, streams),
                .. (held?.References ?? []).Where(reference => !reference.IsSent).Select(Missing),
                .. pod is null ? [] : all.SelectMany(stream => OfStream(pod, stream.Replica, stream.Stream)),
            ],
            IsKnown = pod is not null,
            Uid = pod?.Uid.ToString(),
            Node = pod is { Node.Length: > 0 } ? pod.Node : null,
            Ip = pod?.Ip,
            Labels = pod?.Labels.ToString(),
            References = [.. (held?.References ?? []).Select(Row)],
            Streams = pod is null ? [] : [.. all.Select(stream => new PodStreamRow(stream.Replica, stream.Stream.Peer, StateOf(pod, stream.Stream)))],
        };
    }

    private static IEnumerable<string> Unknown(string @namespace, string name, PodInspection? held)
    {
        // Other findings say that pods cannot be read, or that the namespace is unknown.
        if (held is not null && held.Watched.Contains(ResourceKind.Pod))
            yield return $"no pod {@namespace}/{name} is known: if kubectl -n {@namespace} get pod {name} shows it, the API server has not told us of it yet";
    }

    private static IEnumerable<string> OfPod(Pod pod, Survey survey, IReadOnlyList<ReplicaStreams> streams)
    {
        if (pod.Node.Length == 0)
        {
            yield return $"the pod is not bound to a node, so it is nobody's: kubectl -n {pod.Namespace} describe pod {pod.Name} tells what the scheduler waits for";
            yield break;
        }

        if (pod.Ip is null)
            yield return "the pod has no IP (status.podIP) yet: it is sent with an empty status, and once more when the API server says that it has one";
        foreach (var finding in NodeReports.OfStreams(pod.Node, survey, streams)) yield return finding;
    }

    private static IEnumerable<string> OfStream(Pod pod, string replica, StreamInspection stream)
    {
        var state = StateOf(pod, stream);
        if (state == SentState.NotAskedFor) yield return $"the stream to {stream.Peer} on {replica} did not ask for pods";
        foreach (var finding in NodeReports.OfStream(replica, stream)) yield return finding;
    }

    private static SentState StateOf(Pod pod, StreamInspection stream)
    {
        SentResource? sent = null;
        foreach (var one in stream.Sent.Span)
            if (one.Uid == pod.Uid) sent = one;
        return NodeReports.StateOf(ResourceKind.Pod, stream.Kinds, sent);
    }

    private static string Missing(PodReference reference) =>
        $"the pod goes without a reference to {reference.Kind} {reference.Name ?? reference.Uid.ToString()}: it is not known yet, or no more";

    private static ReferenceRow Row(PodReference reference)
    {
        var why = reference.Why switch
        {
            ReferenceReason.Namespace => "its namespace",
            ReferenceReason.Owner => "owns it",
            ReferenceReason.OwnersOwner => "owns its owner",
            ReferenceReason.Selector => $"selects {reference.Tie}",
            _ => $"EndpointSlice {reference.Tie} names it",
        };
        if (reference is { Name: null, IsSent: true }) why += "; of a kind that is not read, as the owner reference says";
        return new ReferenceRow(reference.Kind, reference.Name, reference.Uid.ToString(), reference.IsSent, why);
    }
}
