using System.Buffers;
using BenchmarkDotNet.Attributes;
using MetaCollector.Conversation.Sharing;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Informer.Decoding;
using MetaCollector.Informer.Storing;

namespace MetaCollector.Benchmarks.Micro;

/// <summary>What the informer does with one pod that the API server sent: 2.5 kB, recorded from a real one.</summary>
[MemoryDiagnoser]
public class InformerBenchmarks
{
    private const int Pods = 10_000;

    private readonly ObjectDecoder _decoder = new(new VersionPool());
    private readonly ResourceStore _store = new(ResourceKinds.Standard, TimeProvider.System);
    private ReadOnlySequence<byte> _bytes;
    private Pod[] _pods = [];
    private Pod[] _changed = [];
    private int _next;

    /// <summary>Fills the store.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _bytes = Envelope.TakeOff(new ReadOnlySequence<byte>(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "pod.pb"))));
        _pods = [.. Enumerable.Range(0, Pods).Select(i => new Pod
        {
            Kind = ResourceKind.Pod, Uid = Uid.Parse(Guid.NewGuid().ToString()), Namespace = $"team-{i % 50}", Name = $"pod-{i}", Node = $"node-{i % 300}",
            Ip = "10.0.0.1",
        })];
        _changed = [.. _pods.Select(pod => pod with { Ip = "10.0.0.2" })];
        _store.Replace(ResourceKind.Pod, _pods);
    }

    /// <summary>From the message's bytes to what is kept.</summary>
    [Benchmark]
    public object Decode() => _decoder.Decode(ResourceKind.Pod, _bytes).Resource;

    /// <summary>A pod of 10,000 has another address.</summary>
    [Benchmark]
    public bool Upsert()
    {
        var i = _next++;
        return _store.Set((i / Pods % 2 == 0 ? _changed : _pods)[i % Pods]);
    }

    /// <summary>A pod of 10,000 came again, as it was.</summary>
    [Benchmark]
    public bool UpsertOfTheSame() => _store.Set(_store.Canonical(_pods[0]));
}
