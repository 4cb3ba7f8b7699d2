using BenchmarkDotNet.Attributes;
using MetaCollector.Conversation.Sharing;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Relations;

namespace MetaCollector.Benchmarks.Micro;

/// <summary>One pod of 1,000 in a namespace changes, with few and with very many services beside it.</summary>
[MemoryDiagnoser]
public class RelationBenchmarks
{
    private const int Pods = 1000, Nodes = 50;

    private static readonly VersionPool Pool = new();

    private readonly List<NodeChange> _told = [];
    private NamespaceRelations _relations = new(Pool);
    private ResourceChange[][] _relabelled = [];
    private ResourceChange[][] _addressed = [];
    private int _next;

    /// <summary>How many services the namespace has.</summary>
    [Params(1, 100, 5000)]
    public int Services { get; set; }

    /// <summary>Fills the namespace.</summary>
    [GlobalSetup]
    public void Setup()
    {
        var resources = new List<Resource> { new() { Kind = ResourceKind.Namespace, Uid = NewUid(), Namespace = "shop", Name = "shop" } };
        for (var i = 0; i < Services; i++)
        {
            resources.Add(new Service
            {
                Kind = ResourceKind.Service, Uid = NewUid(), Namespace = "shop", Name = $"svc-{i}",
                Selector = LabelSet.Of([new("app", $"app-{i % 100}"), new("instance", $"{i}")]),
            });
        }

        Pod[] pods = [.. Enumerable.Range(0, Pods).Select(i => new Pod
        {
            Kind = ResourceKind.Pod, Uid = NewUid(), Namespace = "shop", Name = $"pod-{i}", Node = $"node-{i % Nodes}", Ip = "10.0.0.1",
            Labels = LabelSet.Of([new("app", $"app-{i % 100}"), new("instance", $"{i % Math.Max(1, Services)}"), new("tier", "front")]),
        })];
        var watched = Watched;
        _relations = new NamespaceRelations(Pool);
        _relations.Apply([.. resources.Concat(pods).Select(resource => new ResourceChange(resource.Uid, resource))], watched, watched, _told.Add);
        _relabelled = [.. pods.SelectMany(pod => Both(pod with { Labels = LabelSet.Of([.. pod.Labels, new("color", "blue")]) }, pod))];
        _addressed = [.. pods.SelectMany(pod => Both(pod with { Ip = "10.0.0.2" }, pod))];
    }

    /// <summary>A label that no selector asks for comes or goes.</summary>
    [Benchmark]
    public int Relabel() => Apply(_relabelled);

    /// <summary>The pod's address changes.</summary>
    [Benchmark]
    public int Address() => Apply(_addressed);

    private static KindSet Watched => ResourceKinds.Standard.With(ResourceKind.EndpointSlice);

    private static Uid NewUid() => Uid.Parse(Guid.NewGuid().ToString());

    private static IEnumerable<ResourceChange[]> Both(Pod changed, Pod back) =>
        [[new ResourceChange(changed.Uid, changed)], [new ResourceChange(back.Uid, back)]];

    private int Apply(ResourceChange[][] changes)
    {
        _told.Clear();
        _relations.Apply(changes[_next++ % changes.Length], Watched, whole: default, _told.Add);
        return _told.Count;
    }
}
