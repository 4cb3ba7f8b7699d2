using MetaCollector.Conversation.Diagnostics;
using MetaCollector.Silo.CommandLine;
using MetaCollector.Silo.Settings;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace MetaCollector.Silo.Tracing;

/// <summary>The exporters. A class of its own, since the libraries are loaded with the first method that names them.</summary>
internal static class Telemetry
{
    // A trace of every change would be more work than the change.
    private const double DefaultRatio = 0.01;

    /// <summary>Adds them.</summary>
    public static void Add(IServiceCollection services, bool traces, bool metrics, CollectorOptions options, IConfiguration environment)
    {
        var telemetry = services.AddOpenTelemetry()
            // The environment comes last, so that its word counts.
            .ConfigureResource(resource => resource.Clear()
                .AddService("metacollector", serviceVersion: VersionCommand.OfBuild.Version, serviceInstanceId: options.PodName ?? Environment.MachineName)
                .AddTelemetrySdk().AddEnvironmentVariableDetector());
        if (traces)
        {
            telemetry.WithTracing(tracing =>
            {
                tracing.AddSource(ChangeTrace.SourceName).AddOtlpExporter();
                if (string.IsNullOrEmpty(environment["OTEL_TRACES_SAMPLER"]))
                    tracing.SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(DefaultRatio)));
            });
        }

        // Orleans' own are left out: their labels name every silo and every class.
        if (metrics)
        {
            telemetry.WithMetrics(meters => meters
                .AddMeter("MetaCollector.*", "System.Runtime", "Microsoft.AspNetCore.Server.Kestrel").SetExemplarFilter(ExemplarFilterType.TraceBased).AddOtlpExporter());
        }
    }
}
