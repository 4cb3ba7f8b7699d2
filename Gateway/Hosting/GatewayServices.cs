using Grpc.AspNetCore.Server;
using MetaCollector.Conversation;
using MetaCollector.Gateway.Authorization;
using MetaCollector.Gateway.Balance;
using MetaCollector.Gateway.Diagnostics;
using MetaCollector.Gateway.Limits;
using MetaCollector.Gateway.Nodes;
using MetaCollector.Gateway.Rendering;
using MetaCollector.Gateway.Streams;
using MetaCollector.Grains.Interfaces.Inspection;
using MetaCollector.Grains.Interfaces.Replicas;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace MetaCollector.Gateway.Hosting;

/// <summary>Adds the gateway to a host.</summary>
public static class GatewayServices
{
    /// <summary>
    /// Health checks with this tag decide what gRPC health checking answers, for the server as a whole and for
    /// <c>metadata.Metadata</c>. The host's readiness check has it.
    /// </summary>
    public const string ReadyTag = "ready";

    /// <summary>Name of the gateway's meter.</summary>
    public const string MeterName = GatewayMetrics.MeterName;

    /// <summary>
    /// Adds the gateway: the service <c>metadata.Metadata</c>, gRPC health checking and server reflection. Needs an
    /// <see cref="IGrainFactory"/> inside a silo.
    /// </summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configure">Sets the options; all errors are reported at start.</param>
    public static IServiceCollection AddGateway(this IServiceCollection services, Action<GatewayOptions>? configure = null)
    {
        var options = services.AddOptions<GatewayOptions>().ValidateOnStart();
        if (configure is not null) options.Configure(configure);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<GatewayOptions>, GatewayOptionsValidator>());

        services.AddConversation();
        services.AddSingleton<GatewayMetrics>();
        services.AddSingleton<BodyCache>(_ => new BodyCache());
        services.AddSingleton<NodeViews>();
        services.AddSingleton<IStreamInspector, StreamInspector>();
        services.TryAddSingleton<IMemoryLoad, HeapLoad>();
        services.AddSingleton(provider =>
        {
            var watermark = ActivatorUtilities.CreateInstance<MemoryWatermark>(provider);
            provider.GetRequiredService<GatewayMetrics>().Memory = () => watermark.Now;
            return watermark;
        });
        services.AddSingleton<ConnectionRate>();
        services.AddSingleton<RefusedRequests>();
        services.AddSingleton<OpenStreams>();
        services.AddSingleton<ISubscriberStreams>(provider => provider.GetRequiredService<OpenStreams>());
        services.AddHostedService(provider => provider.GetRequiredService<OpenStreams>());
        services.AddHostedService<StreamBalancer>();
        services.TryAddSingleton<INodeAddresses, LeaderAddresses>();
        services.AddSingleton<SubscriberCheck>();
        services.AddSingleton<MetadataService>();

        services.AddGrpc();
        services.AddOptions<GrpcServiceOptions>().Configure<IOptions<GatewayOptions>>((grpc, gateway) =>
        {
            grpc.MaxReceiveMessageSize = gateway.Value.Limits.MaxRequestBytes;
            grpc.MaxSendMessageSize = EventSize.Limit;
        });
        // MapGateway maps it only if the options say so.
        services.AddGrpcReflection();
        AddHealth(services);
        return services;
    }

    private static void AddHealth(IServiceCollection services)
    {
        services.AddGrpcHealthChecks(health =>
        {
            health.Services.Clear();
            health.Services.Map("", check => check.Tags.Contains(ReadyTag));
            health.Services.Map(MetadataServiceBase.Descriptor.FullName, check => check.Tags.Contains(ReadyTag));
        }).AddCheck<AcceptingStreams>("gateway", HealthStatus.Unhealthy, [ReadyTag]);
        services.Configure<HealthCheckPublisherOptions>(publisher =>
        {
            // Only for gRPC Health.Watch; Health.Check runs the checks at once.
            publisher.Delay = TimeSpan.FromSeconds(1);
            publisher.Period = TimeSpan.FromSeconds(5);
        });
    }

    /// <summary>Healthy until the program begins to stop.</summary>
    private sealed class AcceptingStreams(OpenStreams streams) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            Task.FromResult(streams.IsDraining ? HealthCheckResult.Unhealthy("shutting down") : HealthCheckResult.Healthy());
    }
}
