using MetaCollector.Silo.Inspecting;

namespace MetaCollector.Silo.Greetings;

/// <summary>The findings of <c>inspect</c> about connections that could not be used.</summary>
internal static class StrangerFindings
{
    // Without the causes that scanners and probes have, which come everywhere.
    private static readonly HashSet<StrangerCause> Telling =
    [
        StrangerCause.PlaintextAtTlsPort, StrangerCause.TlsAtPlaintextPort, StrangerCause.CertificateRefused, StrangerCause.HandshakeFailed,
    ];

    /// <summary>The addresses of peers that may be Falcos.</summary>
    public static string[] Addresses(Survey survey) =>
        [.. Of(survey).Where(one => one.Port == StrangerPort.Broker).Select(one => one.Address).Distinct(StringComparer.Ordinal)];

    /// <summary>Findings about peers on a node; where the node has no stream, also about peers whose node is unknown.</summary>
    /// <param name="survey">What the replicas say.</param>
    /// <param name="node">The node.</param>
    /// <param name="homes">The nodes of each address; none where they are unknown.</param>
    public static IEnumerable<string> OfNode(Survey survey, string node, IReadOnlyDictionary<string, string[]> homes)
    {
        var isServed = survey.Streams.ContainsKey(node);
        return Of(survey).Where(one => one.Port == StrangerPort.Broker && (homes.GetValueOrDefault(one.Address, []) is { Length: > 0 } known
            ? known.Contains(node, StringComparer.Ordinal)
            : !isServed)).Select(Text);
    }

    public static IEnumerable<string> OfCluster(Survey survey) => Of(survey).Select(Text);

    private static IEnumerable<Stranger> Of(Survey survey) =>
        from replica in survey.Replicas
        from one in replica.Inspection?.Strangers ?? []
        // A replica of another version may send a cause that this one does not know.
        where Enum.TryParse<StrangerPort>(one.Port, out _) && Enum.TryParse<StrangerCause>(one.Cause, out var cause) && Telling.Contains(cause)
        group (replica.Name, Seen: one) by (one.Port, one.Cause, one.Address) into same
        let last = same.MinBy(one => one.Seen.Ago)
        select new Stranger(
            Enum.Parse<StrangerPort>(same.Key.Port), Enum.Parse<StrangerCause>(same.Key.Cause), same.Key.Address, last.Name, last.Seen.Ago, same.Sum(one => one.Seen.Count));

    private static string Text(Stranger one) =>
        $"{StrangerText.Of(one.Port, one.Cause, one.Address)} ({one.Count} times, last {Durations.Text(one.Ago)} ago at {one.Replica})";

    private sealed record Stranger(StrangerPort Port, StrangerCause Cause, string Address, string Replica, TimeSpan Ago, int Count);
}
