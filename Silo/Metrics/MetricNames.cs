using System.Diagnostics.Metrics;

namespace MetaCollector.Silo.Metrics;

/// <summary>
/// Which instruments are exported, under which name, with which of their tags. Counters end in <c>_total</c>, but for those that the
/// dashboards of k8s-metacollector know without it; units are at the end. Those of .NET and Orleans follow the OpenTelemetry rules for
/// Prometheus, for which ready-made dashboards exist.
/// </summary>
internal static class MetricNames
{
    private const string Ours = "MetaCollector";

    // A contract with whoever comes from k8s-metacollector.
    private static readonly HashSet<string> KeptAsTheyAre =
    [
        "meta_collector_collector_event_api_server_received", "meta_collector_broker_queue_adds", "meta_collector_broker_dispatched_events",
    ];

    // What Kubernetes' controllers, k8s-metacollector among them, call the same.
    private static readonly Dictionary<string, (string Name, string Label)> ControllerNames = new()
    {
        ["meta_collector_feed_due_total"] = ("workqueue_adds_total", "name"),
        ["meta_collector_feed_retries_total"] = ("workqueue_retries_total", "name"),
        ["meta_collector_feed_queue_duration_seconds"] = ("workqueue_queue_duration_seconds", "name"),
        ["meta_collector_feed_work_duration_seconds"] = ("workqueue_work_duration_seconds", "name"),
        ["meta_collector_feed_batches_total"] = ("controller_runtime_reconcile_total", "controller"),
        ["meta_collector_feed_errors_total"] = ("controller_runtime_reconcile_errors_total", "controller"),
    };

    // What is worth knowing of the others, and the tags of it that stay few. Orleans' own tags name every peer and every grain class.
    private static readonly Dictionary<string, string[]> Foreign = new()
    {
        ["System.Runtime"] = ["gc.heap.generation", "dotnet.gc.heap.generation", "cpu.mode", "error.type"],
        ["Microsoft.Orleans"] = ["type", "status"],
        ["Microsoft.AspNetCore.Server.Kestrel"] = ["server.port", "error.type"],
    };

    /// <summary>Whether it is exported at all.</summary>
    public static bool IsExported(Instrument instrument) => IsOurs(instrument) || Foreign.ContainsKey(instrument.Meter.Name);

    /// <summary>The tags that it keeps; null for all.</summary>
    public static string[]? TagsOf(Instrument instrument) => IsOurs(instrument) ? null : Foreign[instrument.Meter.Name];

    /// <summary>Its name for Prometheus.</summary>
    public static string NameOf(Instrument instrument, FamilyType type)
    {
        var name = Sanitize(instrument.Name);
        if (IsOurs(instrument)) return type == FamilyType.Counter && !KeptAsTheyAre.Contains(name) ? WithTotal(name) : name;
        var unit = instrument.Unit switch { "s" => "_seconds", "ms" => "_milliseconds", "By" or "bytes" => "_bytes", "MB" => "_megabytes", _ => "" };
        if (!name.EndsWith(unit, StringComparison.Ordinal)) name += unit;
        return type == FamilyType.Counter ? WithTotal(name) : name;
    }

    /// <summary>The name that controllers have for a metric of ours, and the label that it bears there; null where they have none.</summary>
    public static (string Name, string Label)? ControllerNameOf(string name) =>
        ControllerNames.TryGetValue(name, out var known) ? (known.Name, $"{known.Label}=\"feed\"") : null;

    /// <summary>A name with nothing in it that Prometheus does not take.</summary>
    public static string Sanitize(string name) =>
        string.Create(name.Length, name, (span, source) =>
        {
            for (var i = 0; i < span.Length; i++) span[i] = char.IsAsciiLetterOrDigit(source[i]) ? source[i] : '_';
        });

    private static string WithTotal(string name) => name.EndsWith("_total", StringComparison.Ordinal) ? name : $"{name}_total";

    private static bool IsOurs(Instrument instrument) => instrument.Meter.Name.StartsWith(Ours, StringComparison.Ordinal);
}
