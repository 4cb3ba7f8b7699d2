using System.Buffers;
using BenchmarkDotNet.Attributes;
using MetaCollector.Conversation.Sharing;
using MetaCollector.Gateway.Nodes;
using MetaCollector.Gateway.Rendering;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;
using MetaCollector.Grains.Slices;

namespace MetaCollector.Benchmarks.Micro;

/// <summary>One changed pod of a node's 110, in 11 namespaces: merged by the node's grain and by a gateway, and written to a stream.</summary>
[MemoryDiagnoser]
public class NodeBenchmarks
{
    private const int Pods = 110, Namespaces = 11;

    private static readonly VersionPool Pool = new();
    private readonly ArrayBufferWriter<byte> _stream = new(4096);
    private readonly WireBuffer _scratch = new();
    private readonly BodyCache _bodies = new();
    private readonly ReadyEvent _ready = new();
    private NodeResource[][] _versions = [];
    private NodeState _node = new(Pool);
    private NodeContent _content = new(_ => { }, Pool);
    private long _number;
    private int _next;

    /// <summary>Fills the node.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _node = new NodeState(Pool);
        _content = new NodeContent(_ => { }, Pool);
        _versions = [.. Enumerable.Range(0, Pods).Select(i => Versions(i))];
        foreach (var group in _versions.GroupBy(versions => versions[0].Resource.Namespace))
        {
            var batch = BatchOf(group.Key, [.. group.Select(versions => versions[0])], isSnapshot: true);
            _node.Receive(batch);
            _content.Receive(batch);
        }
    }

    /// <summary>What the node's grain does.</summary>
    [Benchmark]
    public object Merge() => _node.Receive(Next());

    /// <summary>What a gateway does.</summary>
    [Benchmark]
    public object MergeInGateway() => _content.Receive(Next());

    /// <summary>The event's bytes, as one stream alone needs them.</summary>
    [Benchmark]
    public int WriteToStream()
    {
        _scratch.Clear();
        EventBody.Write(_scratch, _versions[_next++ % Pods][0]);
        return Write(_scratch.Written);
    }

    /// <summary>The same where another stream needed them before.</summary>
    [Benchmark]
    public int WriteSharedToStream() => Write(_bodies.BodyOf(_versions[_next++ % Pods][0], _scratch));

    private int Write(ReadOnlyMemory<byte> body)
    {
        (_ready.Reason, _ready.Body) = (EventReason.Update, body);
        _stream.ResetWrittenCount();
        _ready.WriteTo(_stream);
        return _stream.WrittenCount;
    }

    private Batch<SliceChange> Next()
    {
        var i = _next++;
        var version = _versions[i % Pods][1 + (i / Pods % 2)];
        return BatchOf(version.Resource.Namespace, [version], isSnapshot: false);
    }

    private Batch<SliceChange> BatchOf(string @namespace, NodeResource[] resources, bool isSnapshot)
    {
        // One counter for all: of a namespace, the last position is what it was given with its last batch.
        var previous = _positions.GetValueOrDefault(@namespace);
        var position = _positions[@namespace] = new Position(1, ++_number);
        return new Batch<SliceChange>
        {
            Namespace = @namespace, Previous = previous, Position = position, IsSnapshot = isSnapshot,
            Changes = [.. resources.Select(resource => new SliceChange(resource.Uid, resource, null))],
        };
    }

    private readonly Dictionary<string, Position> _positions = [];

    private static NodeResource[] Versions(int i)
    {
        var pod = new Pod
        {
            Kind = ResourceKind.Pod, Uid = Uid.Parse(Guid.NewGuid().ToString()), Namespace = $"team-{i % Namespaces}", Name = $"web-5fcbd9f566-{i}",
            GenerateName = "web-5fcbd9f566-", Node = "node-1", Ip = "10.0.0.7",
            Labels = LabelSet.Of(Enumerable.Range(0, 6).Select(l => KeyValuePair.Create($"app.kubernetes.io/label-{l}", $"value-{l}"))),
        };
        var references = new References { Kinds = [new KindReferences("Service", [Uid.Parse(Guid.NewGuid().ToString())])] };
        return [new(pod, references), new(pod with { Ip = "10.0.0.8" }, references), new(pod with { Ip = "10.0.0.9" }, references)];
    }
}
