using Grpc.Net.Client;
using MetaCollector.Conversation.Leadership;
using MetaCollector.Gateway.Hosting;
using MetaCollector.Gateway.Wire;
using MetaCollector.Grains;
using MetaCollector.Grains.Interfaces;
using MetaCollector.Grains.Interfaces.Leadership;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Testing.Processes;
using MetaCollector.Tests.Grains.Hosting;
using MetaCollector.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Core.Internal;
using Xunit;

namespace MetaCollector.Tests.Gateway.Sockets;

/// <summary>The gateway on a real silo, with the real grains and a leader that does as the test says.</summary>
public sealed class SiloGatewayTests : IAsyncLifetime
{
    private readonly ScriptedLeader _leader = new();
    private WebApplication _app = null!;
    private GrpcChannel _channel = null!;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.UseOrleans(silo => silo.UseLocalhostClustering(Ports.Free(), gatewayPort: 0).AddMetaCollectorGrains());
        builder.Services.AddSingleton<ILeader>(_leader);
        builder.Services.AddGateway(options => options.Linger = TimeSpan.Zero);
        builder.WebHost.ConfigureKestrel(server => server.Listen(System.Net.IPAddress.Loopback, 0, port => port.Protocols = HttpProtocols.Http2));
        _app = builder.Build();
        _app.MapGateway();
        await _app.StartAsync();
        _leader.Grains = _app.Services.GetRequiredService<IGrainFactory>();
        var silo = _app.Services.GetRequiredService<ILocalSiloDetails>().SiloAddress;
        _app.Services.GetRequiredService<LeaderDirectory>().Announce(new LeaderAnnouncement(1, silo, IsSynced: true));
        _channel = GrpcChannel.ForAddress(_app.Urls.Single());
    }

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    [Fact]
    public async Task Watch_RealGrains_SendsWhatIsRelatedAndItsChanges()
    {
        var space = new Resource { Kind = ResourceKind.Namespace, Uid = Things.UidOf("ns", "shop"), Namespace = "shop", Name = "shop" };
        var pod = new Pod { Kind = ResourceKind.Pod, Uid = Things.UidOf("pod", "web"), Namespace = "shop", Name = "web", Node = "node-a" };
        await _leader.SetAsync("shop", space, pod);
        using var call = Watch("node-a");
        Assert.Equal(["Create Namespace", "Create Pod"], (await call.NextAsync(2)).Select(Short));

        await _leader.SetAsync("shop", space, pod with { Ip = "10.0.0.1" });
        var update = await call.NextAsync();
        Assert.Equal(("Update Pod", """{"podIP":"10.0.0.1"}"""), (Short(update), update.Status));

        // The grain is lost; the stream lives on, and what changes afterwards arrives.
        var grain = _leader.Grains!.GetGrain<INodeGrain>("node-a");
        await grain.AsReference<IGrainManagementExtension>().DeactivateOnIdle();
        _app.Services.GetRequiredService<LeaderDirectory>().SiloDied();
        await _leader.SetAsync("shop", space);
        Assert.Equal(["Delete Pod", "Delete Namespace"], (await call.NextAsync(2)).Select(Short));
    }

    [Fact]
    public async Task Watch_NodeThatNobodyKnows_IsOpenAndEmptyUntilAPodComes()
    {
        using var call = Watch("node-b");
        await call.ResponseHeadersAsync.WaitAsync(CallReading.Patience);
        var first = call.NextAsync();
        await _leader.SetAsync("late", new Pod
        {
            Kind = ResourceKind.Pod, Uid = Things.UidOf("pod", "late"), Namespace = "late", Name = "late", Node = "node-b",
        });
        Assert.Equal("Create Pod", Short(await first));
    }

    private static string Short(Event sent) => $"{sent.Reason} {sent.Kind}";

    private Grpc.Core.AsyncServerStreamingCall<Event> Watch(string node)
    {
        var selector = new Selector { NodeName = node };
        foreach (var kind in GatewayHost.FalcoKinds) selector.ResourceKinds[kind] = "";
        return new Metadata.MetadataClient(_channel).Watch(selector);
    }
}
