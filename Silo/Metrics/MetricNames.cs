using System.Diagnostics.Metrics;

namespace MetaCollector.Silo.Metrics;

/// <summary>
/// Which instruments are exported, under which name, with which of their tags. Ours keep their names to the letter: the
/// dashboards of k8s-metacollector know them without <c>_total</c>. Those of .NET and Orleans follow the OpenTelemetry rules for Prometheus
/// (unit and <c>_total</c> at the end), for which ready-made dashboards exist.
/// </summary>
internal static class MetricNames
{
    private const string Ours = "MetaCollector";

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
        if (IsOurs(instrument)) return name;
        var unit = instrument.Unit switch { "s" => "_seconds", "ms" => "_milliseconds", "By" or "bytes" => "_bytes", "MB" => "_megabytes", _ => "" };
        if (!name.EndsWith(unit, StringComparison.Ordinal)) name += unit;
        return type == FamilyType.Counter && !name.EndsWith("_total", StringComparison.Ordinal) ? $"{name}_total" : name;
    }

    /// <summary>A name with nothing in it that Prometheus does not take.</summary>
    public static string Sanitize(string name) =>
        string.Create(name.Length, name, (span, source) =>
        {
            for (var i = 0; i < span.Length; i++) span[i] = char.IsAsciiLetterOrDigit(source[i]) ? source[i] : '_';
        });

    private static bool IsOurs(Instrument instrument) => instrument.Meter.Name.StartsWith(Ours, StringComparison.Ordinal);
}
