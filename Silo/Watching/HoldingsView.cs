using Spectre.Console;
using Spectre.Console.Rendering;

namespace MetaCollector.Silo.Watching;

/// <summary>Draws the resources that a subscriber holds: a table of pods with IP, owners and services, and the number of each kind.</summary>
public static class HoldingsView
{
    // Title, borders, header, summary.
    private const int OtherLines = 7;
    private const int BordersOfAColumn = 3;

    private static readonly string[] Columns = ["NAMESPACE", "POD", "IP", "OWNERS", "SERVICES"];

    /// <summary>Draws the table.</summary>
    /// <param name="holdings">The resources.</param>
    /// <param name="title">The headline.</param>
    /// <param name="fresh">Uids of resources that have just changed, to highlight.</param>
    /// <param name="width">The width of the terminal, in letters.</param>
    /// <param name="height">The height of the terminal, in lines.</param>
    public static IRenderable Draw(Holdings holdings, string title, IReadOnlySet<string> fresh, int width, int height)
    {
        ArgumentNullException.ThrowIfNull(holdings);
        ArgumentNullException.ThrowIfNull(fresh);
        var pods = holdings.Pods;
        var counts = string.Join("  ", holdings.All.GroupBy(held => held.Kind).OrderBy(kind => kind.Key, StringComparer.Ordinal).Select(kind => $"{kind.Key} {kind.Count()}"));
        if (pods.Count == 0) return new Rows(new Markup(title), new Text(counts.Length == 0 ? "nothing was sent for this node so far" : $"no pods  {counts}"));

        var room = Math.Max(3, height - OtherLines);
        var shown = pods.Take(pods.Count > room ? room - 1 : room).ToList();
        var rows = shown.ConvertAll(pod => Cells(holdings, pod));
        var widths = Fit(rows, width - Columns.Length * BordersOfAColumn - 1);
        var table = new Table { Border = TableBorder.Rounded, Expand = false };
        for (var i = 0; i < Columns.Length; i++) table.AddColumn(new TableColumn(Cut(Columns[i], widths[i])) { NoWrap = true });
        for (var i = 0; i < rows.Count; i++)
        {
            var style = fresh.Contains(shown[i].Uid) ? new Style(Color.Green) : Style.Plain;
            table.AddRow(rows[i].Select((cell, column) => new Text(Cut(cell, widths[column]), style)));
        }

        var hidden = pods.Count > room ? $"… and {pods.Count - room + 1} more pods  " : "";
        return new Rows(new Markup(title), table, new Text(hidden + counts));
    }

    private static string[] Cells(Holdings holdings, HeldResource pod) =>
    [
        pod.Namespace, pod.Name, pod.Ip.Length == 0 ? "-" : pod.Ip, string.Join(" ← ", holdings.Owners(pod)), string.Join(", ", holdings.Referred(pod, "Service")),
    ];

    // On a narrow terminal, shortens the widest column letter by letter, so that each pod takes one line.
    private static int[] Fit(List<string[]> rows, int room)
    {
        int[] widths = [.. Columns.Select((column, i) => Math.Max(column.Length, rows.Max(row => row[i].Length)))];
        for (var over = widths.Sum() - room; over > 0; over--)
        {
            var widest = Array.IndexOf(widths, widths.Max());
            if (widths[widest] <= 1) break;
            widths[widest]--;
        }

        return widths;
    }

    private static string Cut(string text, int width) => text.Length <= width ? text : $"{text[..(width - 1)]}…";
}
