using MetaCollector.Grains.Interfaces.Model;
using Spectre.Console;

namespace MetaCollector.Silo.Inspecting;

/// <summary>Writes reports for people: facts, tables, and the findings at the end.</summary>
internal static class ReportView
{
    public static void Write(IAnsiConsole console, Report report)
    {
        switch (report)
        {
            case ClusterReport cluster: Write(console, cluster); break;
            case NodeReport node: Write(console, node); break;
            case NamespaceReport scope: Write(console, scope); break;
            case PodReport pod: Write(console, pod); break;
        }

        console.WriteLine();
        if (report.Findings.Count == 0) console.MarkupLine("[green]nothing is wrong[/]");
        foreach (var finding in report.Findings) console.MarkupLine($"[yellow]![/] {Markup.Escape(finding)}");
    }

    private static void Write(IAnsiConsole console, ClusterReport cluster)
    {
        var leader = cluster.Leader is null ? "none" : $"{cluster.Leader}, term {cluster.Term}, {(cluster.IsSynced ? "in sync" : "not in sync yet")}";
        Facts(console, ("API server", cluster.Server), ("leader", leader), ("nodes with pods", cluster.NodesWithPods?.ToString() ?? "not known"));
        Table(console, ["REPLICA", "ADDRESS", "STATUS", "LEADS", "NODES", "STREAMS", "STUCK", "VERSION"], cluster.Replicas.Select(replica => (string?[])
        [
            replica.Name, replica.Address, replica.Status, replica.IsLeader ? "yes" : "", replica.Nodes?.ToString(), replica.Streams?.ToString(),
            replica.Stuck?.ToString(), replica.Version,
        ]));
        Table(console, ["KIND", "STATE", "OBJECTS", "LAST EVENT"], cluster.Kinds.Select(kind => (string?[])
            [kind.Kind.ToString(), kind.State, $"{kind.Objects}", kind.SecondsSinceLastEvent is { } ago ? $"{Durations.Text(ago)} ago" : "never"]));
    }

    private static void Write(IAnsiConsole console, NodeReport node)
    {
        Facts(console,
            ("node", node.Node), ("complete", node.IsComplete switch { true => "yes", false => "no", null => "not known: nobody asks for it" }),
            ("streams", $"{node.StreamCount}"), ("resources", $"{node.ResourceCount}"));
        Table(console, ["STREAM", "REPLICA", "PEER", "OPEN FOR", "HOLDS", "WRITTEN", "PENDING", "OLDEST", "BLOCKED", "LAST DELAY"], node.Streams.Select(stream => (string?[])
        [
            $"#{stream.Number}", stream.Replica, stream.Peer, Durations.Text(TimeProvider.System.GetUtcNow() - stream.OpenedAt), $"{stream.Held}", $"{stream.Written}",
            $"{stream.Pending}", Since(stream.SecondsPending), Since(stream.SecondsBlocked), stream.SecondsLastDelay is { } delay ? Durations.Text(delay) : null,
        ]));
        Table(console, ["KIND", "NAMESPACE", "NAME", "BECAUSE OF", "SENT"], node.Resources.Select(resource => (string?[])
        [
            resource.Kind.ToString(), resource.Namespace, resource.Name,
            resource.Kind == ResourceKind.Pod ? "runs here" : Some(resource.Pods, resource.PodCount, "pods"), Sent(resource.Streams),
        ]));
        More(console, node.Resources.Count, node.ResourceCount);
    }

    private static void Write(IAnsiConsole console, NamespaceReport scope)
    {
        Facts(console,
            ("namespace", scope.Namespace), ("position", $"{scope.AtNamespace ?? "none"}, the leader's {scope.AtLeader ?? "not known"}"),
            ("nodes", $"{scope.NodeCount}"), ("resources", $"{scope.ResourceCount}"));
        Table(console, ["KIND", "NAME", "NODES"], scope.Resources.Select(resource => (string?[])
        [
            resource.Kind.ToString(), resource.Name, resource.NodeCount == 0 ? Why(resource.Kind) : Some(resource.Nodes, resource.NodeCount, "nodes"),
        ]));
        More(console, scope.Resources.Count, scope.ResourceCount);
    }

    private static void Write(IAnsiConsole console, PodReport pod)
    {
        Facts(console, [("pod", $"{pod.Namespace}/{pod.Name}"), .. pod.IsKnown
            ? ((string, string)[])[("uid", pod.Uid ?? ""), ("node", pod.Node ?? "none"), ("IP", pod.Ip ?? "none"), ("labels", pod.Labels is { Length: > 0 } labels ? labels : "none")]
            : [("known", "no")]]);
        Table(console, ["REFERS TO", "NAME", "UID", "SENT", "WHY"], pod.References.Select(reference => (string?[])
            [reference.Kind, reference.Name, reference.Uid, reference.IsSent ? "yes" : "no", reference.Why]));
        Table(console, ["REPLICA", "PEER", "POD"], pod.Streams.Select(stream => (string?[])[stream.Replica, stream.Peer, Word(stream.State)]));
    }

    private static string Why(ResourceKind kind) => kind switch
    {
        ResourceKind.Pod => "none: it is not bound",
        ResourceKind.EndpointSlice => "never sent",
        ResourceKind.Namespace => "none: no pod in it is bound",
        ResourceKind.Service => "none: it serves no bound pod",
        _ => "none: it owns no bound pod",
    };

    private static string Sent(IReadOnlyList<SentState> streams)
    {
        if (streams.Count == 0) return "to nobody";
        if (streams.All(state => state == streams[0])) return Word(streams[0]);
        return string.Join(", ", streams.Select((state, i) => (state, i)).GroupBy(stream => stream.state)
            .Select(group => $"{Word(group.Key)} {string.Join(' ', group.Select(stream => $"#{stream.i + 1}"))}"));
    }

    private static string Word(SentState state) => state switch
    {
        SentState.Sent => "sent",
        SentState.Outdated => "outdated",
        SentState.Pending => "pending",
        _ => "not asked for",
    };

    private static string Some(IReadOnlyList<string> names, int count, string what)
    {
        const int Shown = 3;
        var some = string.Join(", ", names.Take(Shown));
        return count > Shown ? $"{some} and {count - Shown} more {(count == Shown + 1 ? what[..^1] : what)}" : some;
    }

    private static string? Since(double seconds) => seconds > 0 ? Durations.Text(seconds) : null;

    private static void Facts(IAnsiConsole console, params (string Name, string Value)[] facts)
    {
        var width = facts.Max(fact => fact.Name.Length) + 2;
        foreach (var (name, value) in facts) console.MarkupLine($"{(name + ":").PadRight(width)}[bold]{Markup.Escape(value)}[/]");
    }

    private static void Table(IAnsiConsole console, string[] columns, IEnumerable<string?[]> rows)
    {
        var table = new Table { Border = TableBorder.None, Expand = false };
        foreach (var column in columns) table.AddColumn(new TableColumn(new Markup($"[grey]{column}[/]")) { Padding = new Padding(0, 0, 2, 0) });
        foreach (var row in rows) table.AddRow(row.Select(cell => new Text(string.IsNullOrEmpty(cell) ? "-" : cell)));
        if (table.Rows.Count == 0) return;
        console.WriteLine();
        console.Write(table);
    }

    private static void More(IAnsiConsole console, int shown, int all)
    {
        if (all > shown) console.WriteLine($"… and {all - shown} more");
    }
}
