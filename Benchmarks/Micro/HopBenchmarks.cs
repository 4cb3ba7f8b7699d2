using BenchmarkDotNet.Attributes;
using MetaCollector.Grains;
using MetaCollector.Grains.Interfaces;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;
using MetaCollector.Testing.Processes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace MetaCollector.Benchmarks.Micro;

/// <summary>One hop inside a silo: a batch of one changed pod, awaited.</summary>
[MemoryDiagnoser]
public class HopBenchmarks
{
    private readonly Pod[] _pods =
    [
        .. Enumerable.Range(0, 2).Select(i => new Pod
        {
            Kind = ResourceKind.Pod, Uid = Uid.Parse("2f0e0d0c-0b0a-4908-8706-050403020100"), Namespace = "shop", Name = "web", Node = "node-1",
            Ip = $"10.0.0.{i}",
        }),
    ];

    private IHost _host = null!;
    private IResourceGrain _namespace = null!;
    private INodeGrain _node = null!;
    private long _number;
    private long _nodeNumber;

    /// <summary>Starts the silo.</summary>
    [GlobalSetup]
    public async Task Setup()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.UseOrleans(silo => silo.UseLocalhostClustering(Ports.Free(), gatewayPort: 0).AddMetaCollectorGrains());
        _host = builder.Build();
        await _host.StartAsync();
        var grains = _host.Services.GetRequiredService<IGrainFactory>();
        (_namespace, _node) = (grains.GetGrain<IResourceGrain>("shop"), grains.GetGrain<INodeGrain>("node-2"));
    }

    /// <summary>Ends it.</summary>
    [GlobalCleanup]
    public async Task Cleanup()
    {
        await _host.StopAsync();
        _host.Dispose();
    }

    /// <summary>Leader to namespace; the namespace then tells the node, which goes on beside the next.</summary>
    [Benchmark]
    public Task<Receipt> Feed()
    {
        var pod = _pods[_number % 2];
        return _namespace.FeedAsync(
            BatchOf(_number++, new ResourceChange(pod.Uid, pod)), ResourceKinds.Standard.With(ResourceKind.EndpointSlice));
    }

    /// <summary>Namespace to node.</summary>
    [Benchmark]
    public Task<Receipt[]> Receive()
    {
        var pod = _pods[_nodeNumber % 2];
        return _node.ReceiveAsync([BatchOf(_nodeNumber++, new SliceChange(pod.Uid, new NodeResource(pod, null), null))]);
    }

    private static Batch<TChange> BatchOf<TChange>(long number, TChange change) => new()
    {
        Namespace = "shop", Previous = new Position(1, number), Position = new Position(1, number + 1), IsSnapshot = number == 0, Changes = [change],
    };
}
