using Google.Protobuf;
using Grpc.Core;
using MetaCollector.Gateway;
using MetaCollector.Gateway.Hosting;
using MetaCollector.Gateway.Rendering;
using MetaCollector.Gateway.Streams;
using MetaCollector.Gateway.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;

namespace MetaCollector.Benchmarks.Load;

/// <summary>
/// The floor of any measurement: a silo and a gRPC server like the collector's, which answers every Watch with the same canned
/// events and then keeps the stream open. Nothing is read, related or rendered.
/// </summary>
internal static class NullServer
{
    /// <summary>Serves until cancelled.</summary>
    /// <param name="port">Where on loopback.</param>
    /// <param name="siloPort">The silo's port.</param>
    /// <param name="events">How many events a stream gets.</param>
    /// <param name="size">Size of each, in bytes.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task<int> RunAsync(int port, int siloPort, int events, int size, CancellationToken cancellation)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRouting();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(new CannedService(events, Body(size)));
        builder.UseOrleans(silo => silo.UseLocalhostClustering(siloPort, gatewayPort: 0)
            .Configure<GrainDirectoryOptions>(directory => directory.CacheSize = 20_000));
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.UseGatewayLimits(new Gateway.GatewayOptions());
            kestrel.ListenLocalhost(port, listen => listen.Protocols = HttpProtocols.Http2);
        });
        var app = builder.Build();
        app.UseRouting();
        app.MapGrpcService<CannedService>();
        await app.StartAsync(cancellation);
        try
        {
            await Task.Delay(Timeout.Infinite, cancellation);
        }
        catch (OperationCanceledException)
        {
            // Asked to end.
        }

        return 0;
    }

    // An event of this size, without its reason, which the marshaller writes.
    private static byte[] Body(int size)
    {
        var body = new Event { Uid = Guid.NewGuid().ToString(), Kind = "Pod", Meta = "" };
        body.Meta = new string('x', Math.Max(0, size - ReadyEvent.ReasonSize - body.CalculateSize()));
        return body.ToByteArray();
    }

    private sealed class CannedService(int events, byte[] body) : MetadataServiceBase
    {
        private const int FlushBytes = 16 * 1024;

        public override async Task Watch(Selector request, IServerStreamWriter<ReadyEvent> responseStream, ServerCallContext context)
        {
            await context.WriteResponseHeadersAsync([]);
            var sink = new GrpcEventSink(responseStream, context.GetHttpContext().Response.BodyWriter);
            var ready = new ReadyEvent { Reason = EventReason.Create, Body = body };
            var unflushed = 0;
            for (var i = 0; i < events; i++)
            {
                await sink.WriteAsync(ready);
                unflushed += ready.Size;
                if (unflushed < FlushBytes) continue;
                unflushed = 0;
                await sink.FlushAsync();
            }

            await sink.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
        }
    }
}
