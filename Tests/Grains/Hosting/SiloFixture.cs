using System.Net;
using System.Net.Sockets;
using MetaCollector.Grains;
using MetaCollector.Grains.Interfaces;
using MetaCollector.Grains.Interfaces.Leadership;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Xunit;

namespace MetaCollector.Tests.Grains.Hosting;

/// <summary>One silo with the grains, directory and placement of production, and a leader that does as the test says.</summary>
public sealed class SiloFixture : IAsyncLifetime
{
    private IHost? _host;

    internal IGrainFactory Grains => _host!.Services.GetRequiredService<IGrainFactory>();

    internal LeaderDirectory Directory => _host!.Services.GetRequiredService<LeaderDirectory>();

    internal SiloAddress Address => _host!.Services.GetRequiredService<ILocalSiloDetails>().SiloAddress;

    internal ScriptedLeader Leader { get; } = new();

    public async ValueTask InitializeAsync()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.UseOrleans(silo => silo
            .UseLocalhostClustering(FreePort(), gatewayPort: 0)
            .AddMetaCollectorGrains());
        builder.Services.AddSingleton<ILeader>(Leader);
        _host = builder.Build();
        await _host.StartAsync();
        Leader.Grains = Grains;
        Directory.Announce(new LeaderAnnouncement(1, Address, IsSynced: true));
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is null) return;
        await _host.StopAsync();
        _host.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

/// <summary>A leader whose store is a few namespaces that the test fills.</summary>
internal sealed class ScriptedLeader : ILeader
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (Position Position, Dictionary<Uid, Resource> Content)> _namespaces = [];
    private long _number;

    public IGrainFactory? Grains { get; set; }

    public static KindSet Watched => ResourceKinds.Standard;

    public NodeInventory GetNode(string node)
    {
        lock (_lock)
        {
            return new NodeInventory(1,
            [
                .. _namespaces.Where(entry => entry.Value.Content.Values.OfType<Pod>().Any(pod => pod.Node == node))
                    .Select(entry => new NamespacePosition(entry.Key, entry.Value.Position)),
            ]);
        }
    }

    public bool VerifyNamespace(string @namespace, Position held)
    {
        lock (_lock)
        {
            if (_namespaces.TryGetValue(@namespace, out var known) && known.Position == held) return true;
        }

        _ = FeedAsync(@namespace);
        return false;
    }

    /// <summary>Changes what the leader knows, and feeds the namespace a snapshot.</summary>
    public Task<Receipt> SetAsync(string @namespace, params Resource[] content)
    {
        lock (_lock) _namespaces[@namespace] = (new Position(1, ++_number), content.ToDictionary(resource => resource.Uid));
        return FeedAsync(@namespace);
    }

    /// <summary>As if the namespace had been deleted while nobody watched.</summary>
    public void Forget(string @namespace)
    {
        lock (_lock) _namespaces.Remove(@namespace);
    }

    private Task<Receipt> FeedAsync(string @namespace)
    {
        Batch<ResourceChange> batch;
        lock (_lock)
        {
            if (!_namespaces.TryGetValue(@namespace, out var known)) _namespaces[@namespace] = known = (new Position(1, ++_number), []);
            batch = new Batch<ResourceChange>
            {
                Namespace = @namespace, Position = known.Position, IsSnapshot = true,
                Changes = [.. known.Content.Values.Select(resource => new ResourceChange(resource.Uid, resource))],
            };
        }

        return Grains!.GetGrain<IResourceGrain>(@namespace).FeedAsync(batch, Watched);
    }
}
