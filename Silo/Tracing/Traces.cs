using MetaCollector.Silo.Settings;

namespace MetaCollector.Silo.Tracing;

/// <summary>
/// Sends traces and metrics over OTLP where OpenTelemetry's environment variables ask for it. The SDK reads endpoint, protocol, headers, sampler,
/// batching and resource attributes from them; without an endpoint it is not loaded.
/// </summary>
internal static class Traces
{
    public static bool AreWanted(IConfiguration environment) =>
        !string.IsNullOrEmpty(environment["OTEL_EXPORTER_OTLP_ENDPOINT"] ?? environment["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"])
        && !string.Equals(environment["OTEL_SDK_DISABLED"], "true", StringComparison.OrdinalIgnoreCase)
        && environment["OTEL_TRACES_EXPORTER"] is not "none";

    /// <summary>Whether the environment asks for metrics; an endpoint for traces alone does not, since /metrics serves them anyway.</summary>
    public static bool AreMetricsWanted(IConfiguration environment) =>
        !string.Equals(environment["OTEL_SDK_DISABLED"], "true", StringComparison.OrdinalIgnoreCase)
        && environment["OTEL_METRICS_EXPORTER"] is not "none"
        && (!string.IsNullOrEmpty(environment["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"])
            || (environment["OTEL_METRICS_EXPORTER"] is "otlp" && !string.IsNullOrEmpty(environment["OTEL_EXPORTER_OTLP_ENDPOINT"])));

    /// <summary>Adds the exporters, where they are wanted.</summary>
    public static void AddTraces(this IServiceCollection services, CollectorOptions options, IConfiguration environment)
    {
        bool traces = AreWanted(environment), metrics = AreMetricsWanted(environment);
        if (!traces && !metrics) return;
        Telemetry.Add(services, traces, metrics, options, environment);
    }
}
