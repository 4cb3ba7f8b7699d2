using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace MetaCollector.Gateway.Hosting;

/// <summary>Puts the gateway's services onto a server's port.</summary>
public static class GatewayEndpoints
{
    /// <summary>Maps <c>metadata.Metadata</c>, <c>grpc.health.v1.Health</c> and server reflection.</summary>
    /// <returns>For conventions of all three, e.g. to bind them to one port with <c>RequireHost</c>.</returns>
    public static IEndpointConventionBuilder MapGateway(this IEndpointRouteBuilder endpoints) => new Conventions(
    [
        endpoints.MapGrpcService<MetadataService>(),
        endpoints.MapGrpcHealthChecksService(),
        endpoints.MapGrpcReflectionService(),
    ]);

    /// <summary>
    /// Sets the limits of a Kestrel server that streams to subscribers: pings that find dead peers, and no minimum rate of reading,
    /// since a slow subscriber costs little and catches up.
    /// </summary>
    public static KestrelServerOptions UseGatewayLimits(this KestrelServerOptions server, GatewayOptions options)
    {
        server.Limits.Http2.KeepAlivePingDelay = options.KeepAlivePingDelay;
        server.Limits.Http2.KeepAlivePingTimeout = options.KeepAlivePingTimeout;
        server.Limits.MinResponseDataRate = null;
        return server;
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
