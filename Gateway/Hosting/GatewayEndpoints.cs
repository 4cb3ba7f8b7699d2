using MetaCollector.Gateway.Limits;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace MetaCollector.Gateway.Hosting;

/// <summary>Maps the gateway's gRPC services and configures its port.</summary>
public static class GatewayEndpoints
{
    // For probes, and for subscribers whose streams are then refused.
    private const long SpareConnections = 1000;

    /// <summary>Maps <c>metadata.Metadata</c>, <c>grpc.health.v1.Health</c>, and server reflection where <see cref="GatewayOptions.Reflection"/> says so.</summary>
    /// <returns>Adds conventions to all of them, e.g. to bind them to one port with <c>RequireHost</c>.</returns>
    public static IEndpointConventionBuilder MapGateway(this IEndpointRouteBuilder endpoints)
    {
        var refused = endpoints.ServiceProvider.GetRequiredService<RefusedRequests>();
        var metadata = endpoints.MapGrpcService<MetadataService>();
        metadata.Add(endpoint =>
        {
            if (endpoint.RequestDelegate is { } call) endpoint.RequestDelegate = context => refused.RunAsync(context, call);
        });
        var hasReflection = endpoints.ServiceProvider.GetRequiredService<IOptions<GatewayOptions>>().Value.Reflection;
        return new Conventions(
        [
            metadata, endpoints.MapGrpcHealthChecksService(), .. hasReflection ? [endpoints.MapGrpcReflectionService()] : (IEndpointConventionBuilder[])[],
        ]);
    }

    /// <summary>
    /// Sets the limits of a Kestrel server that streams to subscribers: sizes, times and numbers from the options, pings that detect dead peers,
    /// and no minimum data rate, since a slow subscriber costs little and catches up.
    /// </summary>
    public static KestrelServerOptions UseGatewayLimits(this KestrelServerOptions server, GatewayOptions options)
    {
        server.Limits.Http2.KeepAlivePingDelay = options.KeepAlivePingDelay;
        server.Limits.Http2.KeepAlivePingTimeout = options.KeepAlivePingTimeout;
        server.Limits.Http2.MaxStreamsPerConnection = options.Limits.MaxStreamsPerConnection;
        server.Limits.Http2.MaxRequestHeaderFieldSize = options.Limits.MaxHeaderBytes;
        server.Limits.MaxRequestHeadersTotalSize = options.Limits.MaxHeaderBytes;
        server.Limits.RequestHeadersTimeout = options.Limits.HandshakeTimeout;
        server.Limits.KeepAliveTimeout = options.Limits.IdleTimeout;
        server.Limits.MaxConcurrentConnections = options.Limits.MaxStreams + SpareConnections;
        server.Limits.MinResponseDataRate = null;
        return server;
    }

    /// <summary>Limits new connections to <see cref="GatewayLimits.ConnectionsPerSecond"/>. Use it before TLS.</summary>
    public static ListenOptions UseConnectionRate(this ListenOptions listen)
    {
        var rate = listen.ApplicationServices.GetRequiredService<ConnectionRate>();
        listen.Use(next => connection => rate.TakeAsync(connection, next));
        return listen;
    }

    /// <summary>Makes long-lived connections check their timeouts less often: a timeout may come <see cref="RareHeartbeat.Period"/> late.</summary>
    public static ListenOptions UseRareHeartbeat(this ListenOptions listen)
    {
        var time = listen.ApplicationServices.GetRequiredService<TimeProvider>();
        listen.Use(next => connection =>
        {
            if (connection.Features.Get<IConnectionHeartbeatFeature>() is { } each)
                connection.Features.Set<IConnectionHeartbeatFeature>(new RareHeartbeat(each, time));
            return next(connection);
        });
        return listen;
    }

    private sealed class Conventions(IEndpointConventionBuilder[] builders) : IEndpointConventionBuilder
    {
        public void Add(Action<EndpointBuilder> convention)
        {
            foreach (var builder in builders) builder.Add(convention);
        }

        public void Finally(Action<EndpointBuilder> finallyConvention)
        {
            foreach (var builder in builders) builder.Finally(finallyConvention);
        }
    }
}
