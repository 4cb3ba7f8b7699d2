using System.Collections.Concurrent;
using MetaCollector.Conversation.Receiving;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;
using MetaCollector.Informer.Feeding;

namespace MetaCollector.Tests.Informer;

/// <summary>Stands in for the grains of all namespaces: applies what it is fed, and counts it.</summary>
internal sealed class FedNamespaces : IFeedTarget
{
    private readonly Lock _lock = new();
    private int _snapshots;
    private readonly Dictionary<string, (Inbox<ResourceChange> Inbox, Dictionary<Uid, Resource> Held)> _namespaces = [];

    /// <summary>Each change that was fed other than in a snapshot, in order.</summary>
    public ConcurrentQueue<ResourceChange> Changes { get; } = [];

    /// <summary>What was fed although nothing is said to be known of its kind.</summary>
    public ConcurrentQueue<Resource> OfUnknownKinds { get; } = [];

    /// <summary>How many snapshots were fed.</summary>
    public int Snapshots => Volatile.Read(ref _snapshots);

    /// <summary>Where set, answers in place of the grain, or throws as if nothing had arrived.</summary>
    public Func<Batch<ResourceChange>, Receipt?>? Interfere { get; set; }

    /// <summary>Where set and true, the batch arrives and the answer is lost.</summary>
    public Func<bool>? LosesReceipt { get; set; }

    public Task<Receipt> FeedAsync(Batch<ResourceChange> batch, KindSet watched)
    {
        if (Interfere?.Invoke(batch) is { } instead) return Task.FromResult(instead);
        var receipt = Apply(batch);
        return LosesReceipt?.Invoke() == true
            ? Task.FromException<Receipt>(new TimeoutException("the answer was lost"))
            : Task.FromResult(receipt);
    }

    /// <summary>The grain of a namespace is lost, and comes back empty.</summary>
    public void Lose(string name)
    {
        lock (_lock) _namespaces.Remove(name);
    }

    private Receipt Apply(Batch<ResourceChange> batch)
    {
        lock (_lock)
        {
            if (!_namespaces.TryGetValue(batch.Namespace, out var ns)) _namespaces[batch.Namespace] = ns = (new(), []);
            return ns.Inbox.Receive(batch, ns.Held, (held, _, changes) =>
            {
                Apply(batch, changes, held);
                return true;
            });
        }
    }

    private void Apply(Batch<ResourceChange> batch, ResourceChange[] changes, Dictionary<Uid, Resource> held)
    {
        if (batch.IsSnapshot)
        {
            Interlocked.Increment(ref _snapshots);
            foreach (var gone in held.Values.Where(resource => !batch.Unknown.Contains(resource.Kind)).ToList()) held.Remove(gone.Uid);
        }

        foreach (var change in changes)
        {
            if (!batch.IsSnapshot) Changes.Enqueue(change);
            if (change.Resource is { } told && batch.Unknown.Contains(told.Kind)) OfUnknownKinds.Enqueue(told);
            if (change.Resource is { } resource) held[change.Uid] = resource;
            else held.Remove(change.Uid);
        }
    }

    /// <summary>Everything that the grains hold.</summary>
    public IReadOnlyDictionary<Uid, Resource> Everything()
    {
        lock (_lock) return _namespaces.Values.SelectMany(ns => ns.Held.Values).ToDictionary(held => held.Uid);
    }

    /// <summary>The object of that kind and name; null where it is not held.</summary>
    public Resource? Find(ResourceKind kind, string name) =>
        Everything().Values.SingleOrDefault(held => held.Kind == kind && held.Name == name);

    /// <summary>The position that a namespace holds.</summary>
    public Position PositionOf(string name)
    {
        lock (_lock) return _namespaces.TryGetValue(name, out var ns) ? ns.Inbox.Held : Position.None;
    }
}
