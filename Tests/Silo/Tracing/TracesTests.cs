using MetaCollector.Silo.Tracing;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace MetaCollector.Tests.Silo.Tracing;

public sealed class TracesTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(false, "OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4317")]
    [InlineData(true, "OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4317", "OTEL_METRICS_EXPORTER=otlp")]
    [InlineData(true, "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=http://collector:4317")]
    [InlineData(false, "OTEL_METRICS_EXPORTER=otlp")]
    [InlineData(false, "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=http://collector:4317", "OTEL_SDK_DISABLED=true")]
    public void AreMetricsWanted_StandardVariables_Decide(bool wanted, params string[] variables) => Assert.Equal(wanted, Traces.AreMetricsWanted(
        new ConfigurationBuilder().AddInMemoryCollection(variables.Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], string? (pair) => pair[1])).Build()));

    [Theory]
    [InlineData(false)]
    [InlineData(true, "OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4317")]
    [InlineData(true, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://collector:4317")]
    [InlineData(false, "OTEL_EXPORTER_OTLP_ENDPOINT=")]
    [InlineData(false, "OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4317", "OTEL_SDK_DISABLED=true")]
    [InlineData(false, "OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4317", "OTEL_TRACES_EXPORTER=none")]
    public void AreWanted_StandardVariables_Decide(bool wanted, params string[] variables) => Assert.Equal(wanted, Traces.AreWanted(
        new ConfigurationBuilder().AddInMemoryCollection(variables.Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], string? (pair) => pair[1])).Build()));
}
