using System.Diagnostics.Metrics;

namespace MetaCollector.Silo.Metrics;

/// <summary>
/// The instruments that are exported, their names and tags. The name of a counter ends in <c>_total</c>, except where k8s-metacollector's dashboards have it
/// without. Instruments of .NET and Orleans are named by the OpenTelemetry rules for Prometheus, which ready-made dashboards follow.
/// </summary>
internal static class MetricNames
{
    private const string Ours = "MetaCollector";

    // k8s-metacollector's names, for those who migrate from it.
    private static readonly HashSet<string> KeptAsTheyAre =
    [
        "meta_collector_collector_event_api_server_received", "meta_collector_broker_queue_adds", "meta_collector_broker_dispatched_events",
    ];

    // The names that Kubernetes' controllers, k8s-metacollector among them, have for the same.
    private static readonly Dictionary<string, (string Name, string Label)> ControllerNames = new()
    {
        ["meta_collector_feed_due_total"] = ("workqueue_adds_total", "name"),
        ["meta_collector_feed_retries_total"] = ("workqueue_retries_total", "name"),
        ["meta_collector_feed_queue_duration_seconds"] = ("workqueue_queue_duration_seconds", "name"),
        ["meta_collector_feed_work_duration_seconds"] = ("workqueue_work_duration_seconds", "name"),
        ["meta_collector_feed_batches_total"] = ("controller_runtime_reconcile_total", "controller"),
        ["meta_collector_feed_errors_total"] = ("controller_runtime_reconcile_errors_total", "controller"),
    };

    // The meters of others that are exported, and those of their tags that have few values. Orleans has tags with every peer and grain class.
    private static readonly Dictionary<string, string[]> Foreign = new()
    {
        ["System.Runtime"] = ["gc.heap.generation", "dotnet.gc.heap.generation", "cpu.mode", "error.type"],
        ["Microsoft.Orleans"] = ["type", "status"],
        ["Microsoft.AspNetCore.Server.Kestrel"] = ["server.port", "error.type"],
    };

    public static bool IsExported(Instrument instrument) => IsOurs(instrument) || Foreign.ContainsKey(instrument.Meter.Name);

    /// <summary>The tags to export; null for all.</summary>
    public static string[]? TagsOf(Instrument instrument) => IsOurs(instrument) ? null : Foreign[instrument.Meter.Name];

    /// <summary>The name in Prometheus.</summary>
    public static string NameOf(Instrument instrument, FamilyType type)
    {
        var name = Sanitize(instrument.Name);
        if (IsOurs(instrument)) return type == FamilyType.Counter && !KeptAsTheyAre.Contains(name) ? WithTotal(name) : name;
        var unit = instrument.Unit switch { "s" => "_seconds", "ms" => "_milliseconds", "By" or "bytes" => "_bytes", "MB" => "_megabytes", _ => "" };
        if (!name.EndsWith(unit, StringComparison.Ordinal)) name += unit;
        return type == FamilyType.Counter ? WithTotal(name) : name;
    }

    /// <summary>The name and label that controllers have for a metric; null where they have none.</summary>
    public static (string Name, string Label)? ControllerNameOf(string name) =>
        ControllerNames.TryGetValue(name, out var known) ? (known.Name, $"{known.Label}=\"feed\"") : null;

    /// <summary>The name with <c>_</c> in place of each character that Prometheus does not take.</summary>
    public static string Sanitize(string name) =>
        string.Create(name.Length, name, (span, source) =>
        {
            for (var i = 0; i < span.Length; i++) span[i] = char.IsAsciiLetterOrDigit(source[i]) ? source[i] : '_';
        });

    private static string WithTotal(string name) => name.EndsWith("_total", StringComparison.Ordinal) ? name : $"{name}_total";

    private static bool IsOurs(Instrument instrument) => instrument.Meter.Name.StartsWith(Ours, StringComparison.Ordinal);
}
