using System.Collections.Concurrent;
using System.Net;
using System.Reflection;
using MetaCollector.Grains.Interfaces;
using MetaCollector.Grains.Interfaces.Inspection;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;

namespace MetaCollector.Tests.Gateway.Sockets;

/// <summary>
/// The grains of all nodes in one object: tells each subscribed view what it lacks. Everything of a node is in one slice,
/// of the namespace "default".
/// </summary>
internal sealed class FakeNodes
{
    private const string Slice = "default";

    private readonly ConcurrentDictionary<string, Node> _nodes = new();

    public FakeNodes()
    {
        Grains = DispatchProxy.Create<IGrainFactory, Factory>();
        ((Factory)Grains).Nodes = this;
    }

    /// <summary>Whether nodes are complete; else they tell nothing.</summary>
    public bool AreComplete { get; set; } = true;

    /// <summary>Whether the cluster cannot be reached.</summary>
    public bool AreLost { get; set; }

    /// <summary>How often somebody subscribed or renewed.</summary>
    public int Subscriptions { get; private set; }

    /// <summary>The grains, as a silo hands them out.</summary>
    public IGrainFactory Grains { get; }

    /// <summary>How many views are subscribed at a node.</summary>
    public int ObserversOf(string node) => _nodes.TryGetValue(node, out var found) ? found.Observers.Count : 0;

    /// <summary>As if the activation of a node's grain had ended.</summary>
    public Task EndAsync(string node)
    {
        var observers = _nodes[node].Observers.ToArray();
        _nodes[node].Observers.Clear();
        return Task.WhenAll(observers.Select(observer => observer.RenewAsync()));
    }

    /// <summary>Adds or changes resources of a node, and tells it.</summary>
    public Task PutAsync(string node, params NodeResource[] resources) =>
        ChangeAsync(node, [.. resources.Select(resource => new SliceChange(resource.Uid, resource, null))]);

    /// <summary>Removes resources of a node, and tells it.</summary>
    public Task RemoveAsync(string node, params NodeResource[] resources) =>
        ChangeAsync(node, [.. resources.Select(resource => new SliceChange(resource.Uid, null, null))]);

    /// <summary>Changes a node's content, and tells it.</summary>
    public async Task ChangeAsync(string name, SliceChange[] changes)
    {
        var node = _nodes.GetOrAdd(name, _ => new Node());
        Batch<SliceChange> batch;
        INodeObserver[] observers;
        lock (node)
        {
            foreach (var change in changes)
            {
                if (change.Resource is null) node.Content.Remove(change.Uid);
                else node.Content[change.Uid] = change.Resource;
            }

            var previous = node.Position;
            node.Position = previous with { Number = previous.Number + 1 };
            batch = new Batch<SliceChange>
            {
                Namespace = Slice, Previous = previous, Position = node.Position, Changes = changes,
                ArrivedAt = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(),
            };
            observers = [.. node.Observers];
        }

        foreach (var observer in observers) await observer.ReceiveAsync([batch]);
    }

    private Grain GrainOf(string node) => new(this, _nodes.GetOrAdd(node, _ => new Node()));

    private sealed class Node
    {
        public Dictionary<Uid, NodeResource> Content { get; } = [];

        public HashSet<INodeObserver> Observers { get; } = [];

        public Position Position { get; set; } = new(1, 1);
    }

    private sealed class Grain(FakeNodes nodes, Node node) : INodeGrain
    {
        public async Task SubscribeAsync(GatewaySubscription subscription)
        {
            if (nodes.AreLost) throw new TimeoutException("nobody answers");
            nodes.Subscriptions++;
            if (!nodes.AreComplete) return;
            Batch<SliceChange> snapshot;
            lock (node)
            {
                node.Observers.Add(subscription.Observer);
                snapshot = new Batch<SliceChange>
                {
                    Namespace = Slice, Position = node.Position, IsSnapshot = true,
                    Changes = [.. node.Content.Values.Select(resource => new SliceChange(resource.Uid, resource, null))],
                };
            }

            var isHeld = subscription.Held.Any(one => one.Position == snapshot.Position);
            await subscription.Observer.ReceiveAsync(isHeld ? [] : [snapshot], [new NamespacePosition(Slice, snapshot.Position)]);
        }

        public Task UnsubscribeAsync(INodeObserver observer)
        {
            lock (node) node.Observers.Remove(observer);
            return Task.CompletedTask;
        }

        public Task<Receipt[]> ReceiveAsync(Batch<SliceChange>[] batches) => throw new NotSupportedException("a gateway does not tell a node");

        public Task<NodeInspection> InspectAsync() => throw new NotSupportedException("a gateway does not inspect a node");
    }

    /// <summary>A grain factory that knows these grains alone; an observer is its own reference.</summary>
    public class Factory : DispatchProxy
    {
        internal FakeNodes Nodes { get; set; } = null!;

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => (targetMethod?.Name, args) switch
        {
            (nameof(IGrainFactory.GetGrain), [string node, null]) => Nodes.GrainOf(node),
            (nameof(IGrainFactory.CreateObjectReference), [var observer]) => observer,
            (nameof(IGrainFactory.DeleteObjectReference), _) => null,
            _ => throw new NotSupportedException($"a gateway does not call {targetMethod}"),
        };
    }
}

/// <summary>The silo of a gateway that no silo hosts.</summary>
internal sealed class ThisSilo : ILocalSiloDetails
{
    public string Name => "silo-a";

    public string ClusterId => "cluster-a";

    public string DnsHostName => "localhost";

    public SiloAddress SiloAddress { get; } = SiloAddress.New(IPAddress.Loopback, 11111, 1);

    public SiloAddress GatewayAddress => SiloAddress;
}
