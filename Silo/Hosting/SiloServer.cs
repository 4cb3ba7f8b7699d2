using System.Diagnostics.Metrics;
using MetaCollector.ApiServer;
using MetaCollector.Gateway.Hosting;
using MetaCollector.Grains;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Informer;
using MetaCollector.Silo.Certificates;
using MetaCollector.Silo.Clustering;
using MetaCollector.Silo.Greetings;
using MetaCollector.Silo.Inspecting;
using MetaCollector.Silo.Logs;
using MetaCollector.Silo.Probes;
using MetaCollector.Silo.Settings;
using MetaCollector.Silo.Tracing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Dashboard;

namespace MetaCollector.Silo.Hosting;

/// <summary>The silo with all its parts, and the ports of broker, inspect and dashboard.</summary>
internal static class SiloServer
{
    public static WebApplication Build(CollectorOptions options, IConfiguration configuration, Readiness readiness)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Configuration.AddConfiguration(configuration);
        builder.Logging.AddLines(options).AddConfiguration(builder.Configuration.GetSection("Logging"));
        builder.Services.AddRouting();
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<Strangers>();
        // First the streams drain, then the silo hands its grains over. The rest of Collector.StopTime is for an aborted stop.
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.DrainTime + TimeSpan.FromSeconds(6));
        if (options.CertificateFile is not null)
        {
            builder.Services.AddSingleton(services => new BrokerTls(
                options, services.GetRequiredService<IMeterFactory>(), TimeProvider.System, services.GetRequiredService<ILogger<BrokerTls>>()));
            builder.Services.AddHostedService(services => services.GetRequiredService<BrokerTls>());
        }

        AddParts(builder, options, readiness);
        AddSilo(builder, options);
        AddKestrel(builder, options);

        var app = builder.Build();
        app.UseRouting();
        app.UseListeners();
        app.MapGateway().At(Listener.Broker);
        if (options.Inspect is not null) app.MapInspection();
        if (options.Dashboard is not null) app.MapDashboard();
        return app;
    }

    private static void AddParts(WebApplicationBuilder builder, CollectorOptions options, Readiness readiness)
    {
        builder.Services.AddInspection();
        builder.Services.AddHealthChecks().AddCheck("ready", readiness.Check, [GatewayServices.ReadyTag]);
        builder.Services.AddHostedService<MemoryTrim>();
        builder.Services.AddTraces(options, builder.Configuration);
        builder.Services.AddApiServer(server => server.Kubeconfig = options.Kubeconfig);
        builder.Services.AddInformer(informer =>
        {
            informer.ExtraKinds = options.ExtraKinds;
            informer.WatchIdleTimeout = options.WatchIdleTimeout;
        });
        builder.Services.AddGateway(gateway =>
        {
            gateway.Kinds = ResourceKinds.Standard.Union(options.ExtraKinds);
            (gateway.AuthorizeNodes, gateway.AuthorizeExempt) = (options.AuthorizeNodes, options.AuthorizeExempt);
            gateway.Reflection = options.GrpcReflection;
            gateway.DrainTime = options.DrainTime;
            (gateway.RebalanceAfter, gateway.RebalanceFloor) = (options.RebalanceAfter, options.RebalanceFloor);
            gateway.EventsPerSecond = options.EventsPerSecond;
            gateway.StuckStreamLimit = options.StuckStreamLimit;
            gateway.Limits = options.Limits;
        });
    }

    private static void AddSilo(WebApplicationBuilder builder, CollectorOptions options) => builder.UseOrleans(silo =>
    {
        var port = options.SiloPort == 0 ? Ports.Free() : options.SiloPort;
        if (options.Clustering == ClusteringMode.Localhost) silo.UseLocalhostClustering(port, gatewayPort: 0);
        else silo.AddKubernetesReplicas(options);
        silo.Configure<EndpointOptions>(endpoints =>
        {
            endpoints.AdvertisedIPAddress = options.SiloAddress;
            endpoints.SiloPort = port;
            // No Orleans client connects from outside.
            endpoints.GatewayPort = 0;
        });
        silo.Services.AddSingleton<IFatalErrorHandler, ReplicaEnd>();
        silo.AddSiloTls(options);
        silo.AddMetaCollectorGrains(grains =>
            (grains.RebalanceAfter, grains.NodesWithoutFalco) = (options.RebalanceAfter, options.NodesWithoutFalco));
        // Orleans allocates a cache for a million grains; the largest clusters have 15,000, one for each node and namespace.
        silo.Configure<GrainDirectoryOptions>(directory => directory.CacheSize = 20_000);
        silo.RestOften(options);
        if (options.Dashboard is not null) silo.AddDashboard();
    });

    private static void AddKestrel(WebApplicationBuilder builder, CollectorOptions options)
    {
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel((_, kestrel) =>
        {
            kestrel.AddServerHeader = false;
            kestrel.UseGatewayLimits(kestrel.ApplicationServices.GetRequiredService<IOptions<Gateway.GatewayOptions>>().Value);
            kestrel.Listen(Listener.Broker, options.Broker, listen =>
            {
                listen.Protocols = HttpProtocols.Http2;
                listen.UseConnectionRate();
                listen.UseRareHeartbeat();
                var timeout = options.Limits.HandshakeTimeout;
                if (options.CertificateFile is null)
                {
                    listen.UseStrangerWatch(listen.ApplicationServices.WatchOf(StrangerPort.Broker, null), null);
                }
                else
                {
                    listen.UseStrangerWatch(
                        listen.ApplicationServices.WatchOf(StrangerPort.Broker, timeout),
                        () => listen.UseHttps(listen.ApplicationServices.GetRequiredService<BrokerTls>().Answers(timeout)));
                }
            });
            if (options.Inspect is { } inspect) kestrel.Listen(Listener.Inspect, inspect);
            if (options.Dashboard is { } dashboard) kestrel.Listen(Listener.Dashboard, dashboard);
        });
    }
}
