using MetaCollector.Silo.Logs;
using MetaCollector.Silo.Metrics;
using MetaCollector.Silo.Probes;
using MetaCollector.Silo.Settings;

namespace MetaCollector.Silo.Hosting;

/// <summary>
/// The server of probes and metrics. It answers before the silo has joined, and until the process ends.
/// </summary>
internal static class OperationsServer
{
    /// <summary>Builds it; null where both are switched off.</summary>
    public static WebApplication? Build(CollectorOptions options, Readiness readiness, PrometheusExporter exporter)
    {
        if (options.Probes is null && options.Metrics is null) return null;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            if (options.Probes is { } probes) kestrel.Listen(Listener.Probes, probes);
            if (options.Metrics is { } metrics) kestrel.Listen(Listener.Metrics, metrics);
        });
        builder.Logging.AddLines(options);
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        var app = builder.Build();
        app.UseRouting();
        app.UseListeners();
        app.MapGet("/healthz", context => context.WriteTextAsync("ok")).At(Listener.Probes);
        app.MapGet("/readyz", context =>
        {
            var (isReady, text) = readiness.Ask(context.Connection.RemoteIpAddress);
            return context.WriteTextAsync(text, status: isReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
        }).At(Listener.Probes);
        app.MapGet("/metrics", context => context.WriteTextAsync(exporter.Scrape(), PrometheusExporter.ContentType)).At(Listener.Metrics);
        return app;
    }
}
