using MetaCollector.Conversation.Diagnostics;
using MetaCollector.Silo.CommandLine;
using MetaCollector.Silo.Settings;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace MetaCollector.Silo.Tracing;

/// <summary>Adds the exporters. A class of its own, so that .NET loads OpenTelemetry only where they are added.</summary>
internal static class Telemetry
{
    // Tracing a change costs more than the change itself, so one in a hundred is traced.
    private const double DefaultRatio = 0.01;

    public static void Add(IServiceCollection services, bool traces, bool metrics, CollectorOptions options, IConfiguration environment)
    {
        var telemetry = services.AddOpenTelemetry()
            // The environment comes last, so that it wins.
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

        // Without Orleans' metrics, whose labels name every silo and class.
        if (metrics)
        {
            telemetry.WithMetrics(meters => meters
                .AddMeter("MetaCollector.*", "System.Runtime", "Microsoft.AspNetCore.Server.Kestrel").SetExemplarFilter(ExemplarFilterType.TraceBased).AddOtlpExporter());
        }
    }
}
