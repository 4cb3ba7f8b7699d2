using Spectre.Console;
using Spectre.Console.Rendering;

namespace MetaCollector.Silo.Watching;

/// <summary>Draws what a subscriber holds as a table: its pods with IP, owners and services by name, and how much there is of each kind.</summary>
public static class HoldingsView
{
    // What surrounds the rows: title, borders, header, summary.
    private const int OtherLines = 7;

    /// <summary>Draws it.</summary>
    /// <param name="holdings">What is held.</param>
    /// <param name="title">The headline.</param>
    /// <param name="fresh">Uids to point out: what changed a moment ago.</param>
    /// <param name="height">Lines that there are room for.</param>
    public static IRenderable Draw(Holdings holdings, string title, IReadOnlySet<string> fresh, int height)
    {
        ArgumentNullException.ThrowIfNull(holdings);
        ArgumentNullException.ThrowIfNull(fresh);
        var pods = holdings.Pods;
        var table = new Table { Border = TableBorder.Rounded, Expand = false };
        foreach (var column in (string[])["NAMESPACE", "POD", "IP", "OWNERS", "SERVICES"])
            table.AddColumn(new TableColumn(column) { NoWrap = true });
        var room = Math.Max(3, height - OtherLines);
        foreach (var pod in pods.Take(pods.Count > room ? room - 1 : room)) AddRow(table, holdings, pod, fresh.Contains(pod.Uid));
        var hidden = pods.Count > room ? $"… and {pods.Count - room + 1} more pods  " : "";
        var counts = holdings.All.GroupBy(held => held.Kind).OrderBy(kind => kind.Key, StringComparer.Ordinal).Select(kind => $"{kind.Key} {kind.Count()}");
        return new Rows(new Markup(title), table, new Text(pods.Count == 0 ? "no pods on this node" : hidden + string.Join("  ", counts)));
    }

    private static void AddRow(Table table, Holdings holdings, HeldResource pod, bool isFresh)
    {
        var style = isFresh ? new Style(Color.Green) : Style.Plain;
        table.AddRow(
            Cell(pod.Namespace), Cell(pod.Name), Cell(pod.Ip.Length == 0 ? "-" : pod.Ip),
            Cell(string.Join(" ← ", holdings.Owners(pod))), Cell(string.Join(", ", holdings.Referred(pod, "Service"))));

        Text Cell(string text) => new(text, style) { Overflow = Overflow.Ellipsis };
    }
}
