using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MetaCollector.Tests.Support;

namespace MetaCollector.Tests.Monitoring;

/// <summary>What dashboards ask Prometheus.</summary>
internal static partial class Queries
{
    /// <summary>Our dashboard, from the root.</summary>
    public const string Dashboard = "grafana/metacollector.json";

    /// <summary>
    /// What k8s-metacollector's dashboard asks, of what it has: its metrics, and those of the libraries that it is made with. Two of its
    /// queries name a metric that it never had (<c>broker_queue_duration_seconds_bucket</c>), and are left out.
    /// </summary>
    public static IReadOnlyList<string> OfThePredecessor { get; } =
    [
        Rate("process_cpu_seconds_total") + " * 100",
        "process_resident_memory_bytes" + Place,
        "meta_collector_server_subscribers" + Place,
        Sum("type", "meta_collector_broker_queue_adds"),
        Sum("controller", "controller_runtime_reconcile_total"),
        Sum("job", "meta_collector_broker_dispatched_events"),
        Sum("kind", "meta_collector_broker_dispatched_events"),
        "sum(meta_collector_collector_event_api_server_received{namespace=\"falco\", source=\"api-server\"})",
        "sum by(name) (meta_collector_collector_event_api_server_received{namespace=\"falco\", source=\"api-server\"})",
        .. Quantiles("meta_collector_broker_queue_duration_seconds_bucket"),
        .. Quantiles("workqueue_queue_duration_seconds_bucket"),
        .. Quantiles("workqueue_work_duration_seconds_bucket"),
        $"sum by (instance, name) ({Rate("workqueue_retries_total")})",
        $"sum by (instance, name) ({Rate("workqueue_adds_total")})",
        $"sum by (instance, pod) ({Rate("controller_runtime_reconcile_errors_total")})",
        $"sum by (instance, pod) ({Rate("controller_runtime_reconcile_total")})",
    ];

    private const string Place = "{namespace=\"falco\", job=\"metacollector\"}";

    /// <summary>What our dashboard asks, with its variables filled in.</summary>
    public static IReadOnlyList<string> OfOurs()
    {
        var dashboard = JsonNode.Parse(Repository.Read(Dashboard))!;
        var variables = dashboard["templating"]!["list"]!.AsArray().Select(variable => variable!["definition"])
            .Select(definition => LabelValues().Match((string?)definition ?? "")).Where(match => match.Success).Select(match => match.Groups[1].Value);
        return [.. Panels(dashboard["panels"]!.AsArray()).SelectMany(Expressions).Concat(variables).Select(Filled).Distinct()];
    }

    /// <summary>What is wrong with the panels of our dashboard, apart from what they ask: a line each.</summary>
    public static IReadOnlyList<string> FaultsOfPanels()
    {
        var panels = Panels(JsonNode.Parse(Repository.Read(Dashboard))!["panels"]!.AsArray()).ToList();
        var faults = new List<string>();
        foreach (var panel in panels)
        {
            var title = (string?)panel["title"] ?? "";
            if (title.Length == 0) faults.Add($"panel {panel["id"]} has no title");
            if (panels.Count(other => (int)other["id"]! == (int)panel["id"]!) > 1) faults.Add($"{title}: another has its id");
            foreach (var other in panels.Where(other => other != panel && Overlap(panel["gridPos"]!, other["gridPos"]!))) faults.Add($"{title}: lies over {other["title"]}");
            if ((string?)panel["type"] == "row") continue;
            if (string.IsNullOrEmpty((string?)panel["description"])) faults.Add($"{title}: has no description");
            if ((string?)panel["datasource"]!["uid"] != "${datasource}") faults.Add($"{title}: has a data source of its own");
            if (!Expressions(panel).Any()) faults.Add($"{title}: asks nothing");
            if ((string?)panel["type"] != "heatmap" && panel["fieldConfig"]!["defaults"]!["unit"] is null) faults.Add($"{title}: has no unit");
        }

        return faults;
    }

    private static bool Overlap(JsonNode one, JsonNode other) =>
        (int)one["x"]! < (int)other["x"]! + (int)other["w"]! && (int)other["x"]! < (int)one["x"]! + (int)one["w"]!
        && (int)one["y"]! < (int)other["y"]! + (int)other["h"]! && (int)other["y"]! < (int)one["y"]! + (int)one["h"]!;

    private static IEnumerable<JsonNode> Panels(JsonArray panels) =>
        panels.SelectMany(panel => panel!["panels"] is JsonArray { Count: > 0 } inner ? Panels(inner) : [panel]);

    private static IEnumerable<string> Expressions(JsonNode panel) => (panel["targets"]?.AsArray() ?? []).Select(target => (string)target!["expr"]!);

    private static string Filled(string query) => query
        .Replace("$__rate_interval", "10s", StringComparison.Ordinal).Replace("$__range", "1m", StringComparison.Ordinal)
        .Replace("$namespace", "falco", StringComparison.Ordinal).Replace("$job", "metacollector", StringComparison.Ordinal)
        .Replace("$pod", ".*", StringComparison.Ordinal);

    private static string Rate(string metric) => $"rate({metric}{Place}[10s])";

    private static string Sum(string by, string metric) => $"sum by({by}) ({metric}{Place})";

    private static IEnumerable<string> Quantiles(string metric) =>
        new[] { "0.5", "0.9", "0.99" }.Select(quantile => $"histogram_quantile({quantile}, sum by (instance, name, le) ({Rate(metric)}))");

    [GeneratedRegex(@"^label_values\((.+), *\w+\)$")]
    private static partial Regex LabelValues();
}
