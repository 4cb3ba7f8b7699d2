using BenchmarkDotNet.Attributes;
using MetaCollector.Conversation.Receiving;
using MetaCollector.Conversation.Sharing;
using MetaCollector.Gateway.Rendering;
using MetaCollector.Gateway.Streams;
using MetaCollector.Grains.Interfaces.Model;

namespace MetaCollector.Benchmarks.Micro;

/// <summary>What one event costs: its bytes, and the decision that it is due.</summary>
[MemoryDiagnoser]
public class RenderBenchmarks
{
    private readonly WireBuffer _buffer = new();
    private readonly StreamState _state = new(ResourceKinds.Standard);
    private readonly UidSortedSet<NodeResource> _content = new();
    private NodeResource _first = null!;
    private NodeResource _second = null!;

    /// <summary>A pod with six labels, an owner, its owner and a service.</summary>
    [GlobalSetup]
    public void Setup()
    {
        var pod = new Pod
        {
            Kind = ResourceKind.Pod, Uid = NewUid(), Namespace = "shop", Name = "web-5fcbd9f566-nkv6g", GenerateName = "web-5fcbd9f566-",
            Node = "node-1", Ip = "10.0.0.7",
            Labels = LabelSet.Of(Enumerable.Range(0, 6).Select(i => KeyValuePair.Create($"app.kubernetes.io/label-{i}", $"value-{i}"))),
        };
        var references = new References
        {
            Kinds =
            [
                new KindReferences("Deployment", [NewUid()]), new KindReferences("Namespace", [NewUid()]),
                new KindReferences("ReplicaSet", [NewUid()]), new KindReferences("Service", [NewUid()]),
            ],
        };
        _first = new NodeResource(pod, references);
        _second = new NodeResource(pod with { Ip = "10.0.0.8" }, references);
        _content.Put(_first);
        _state.Start(_content, 0);
        _state.TryNext(_content, out _);
    }

    /// <summary>Writes the event's bytes.</summary>
    [Benchmark]
    public int Render()
    {
        _buffer.Clear();
        EventBody.Write(_buffer, _first);
        return _buffer.Written.Length;
    }

    /// <summary>Notes a change and takes the Update that follows from it.</summary>
    [Benchmark]
    public bool Update()
    {
        (_first, _second) = (_second, _first);
        _content.Put(_first);
        _state.Mark(new ContentChange(_first.Uid, _second, _first), 0, 0);
        return _state.TryNext(_content, out _);
    }

    private static Uid NewUid() => Uid.Parse(Guid.NewGuid().ToString());
}
