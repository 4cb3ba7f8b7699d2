using Grpc.Core;
using Grpc.Net.Client;
using MetaCollector.Conversation.Leadership;
using MetaCollector.Gateway;
using MetaCollector.Gateway.Authorization;
using MetaCollector.Gateway.Hosting;
using MetaCollector.Gateway.Wire;
using MetaCollector.Grains.Interfaces.Replicas;
using MetaCollector.Tests.Gateway.Authorization;
using MetaCollector.Tests.Gateway.Balance;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MetaCollector.Tests.Gateway.Sockets;

/// <summary>A gateway on a real port of the loopback interface, fed by <see cref="FakeNodes"/>.</summary>
internal sealed class GatewayHost : IAsyncDisposable
{
    public static readonly string[] FalcoKinds = ["Pod", "Namespace", "Deployment", "Service", "ReplicaSet", "ReplicaController"];

    private readonly WebApplication _app;
    private readonly GrpcChannel _channel;

    private GatewayHost(WebApplication app, FakeNodes nodes)
    {
        _app = app;
        Nodes = nodes;
        Address = new Uri(app.Urls.Single());
        _channel = NewChannel();
    }

    public FakeNodes Nodes { get; }

    public Uri Address { get; }

    /// <summary>A channel that all tests of the host may share.</summary>
    public GrpcChannel Channel => _channel;

    public IServiceProvider Services => _app.Services;

    public LeaderDirectory Leaders => _app.Services.GetRequiredService<LeaderDirectory>();

    public static async Task<GatewayHost> StartAsync(Action<GatewayOptions>? configure = null, Action<IServiceCollection>? services = null, Action<ListenOptions>? listen = null)
    {
        var nodes = new FakeNodes();
        var options = new GatewayOptions();
        configure?.Invoke(options);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(nodes.Grains);
        builder.Services.AddSingleton<ILocalSiloDetails>(new ThisSilo());
        builder.Services.AddSingleton<IOtherReplicas>(new FakeReplicas());
        builder.Services.AddSingleton<INodeAddresses>(new FakeAddresses());
        services?.Invoke(builder.Services);
        builder.Services.AddGateway(configure);
        builder.WebHost.ConfigureKestrel(server =>
        {
            server.UseGatewayLimits(options);
            server.Listen(System.Net.IPAddress.Loopback, 0, port =>
            {
                port.Protocols = HttpProtocols.Http2;
                port.UseConnectionRate();
                port.UseRareHeartbeat();
                listen?.Invoke(port);
            });
        });
        var app = builder.Build();
        app.MapGateway();
        await app.StartAsync();
        return new GatewayHost(app, nodes);
    }

    /// <summary>A channel of its own, as each subscriber has.</summary>
    public GrpcChannel NewChannel() => GrpcChannel.ForAddress(Address, new GrpcChannelOptions
    {
        HttpHandler = new SocketsHttpHandler { EnableMultipleHttp2Connections = true },
        DisposeHttpClient = true,
    });

    /// <summary>Subscribes on the shared channel; Falco's kinds where none are given.</summary>
    public AsyncServerStreamingCall<Event> Watch(string node, string[]? kinds = null, GrpcChannel? channel = null)
    {
        var selector = new Selector { NodeName = node };
        foreach (var kind in kinds ?? FalcoKinds) selector.ResourceKinds[kind] = "";
        return new MetaCollector.Gateway.Wire.Metadata.MetadataClient(channel ?? _channel).Watch(selector);
    }

    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await _app.DisposeAsync();
    }
}
