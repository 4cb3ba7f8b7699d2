using MetaCollector.Simulator.Resources;
using MetaCollector.Simulator.Storage;

namespace MetaCollector.Simulator.Objects;

/// <summary>All objects as they stood at one resourceVersion. Immutable; holding one costs little.</summary>
public sealed class ClusterSnapshot
{
    internal ClusterSnapshot(StoreSnapshot store) => Store = store;

    /// <summary>The resourceVersion of that moment.</summary>
    public long ResourceVersion => Store.Revision;

    /// <summary>All objects.</summary>
    public IEnumerable<KubernetesObject> All => ResourceTypes.All.SelectMany(type => Of(type));

    internal StoreSnapshot Store { get; }

    /// <summary>The objects of a kind, by namespace and name.</summary>
    public IReadOnlyList<KubernetesObject> Of(ResourceType type) =>
        [.. Store.Objects[type].Values.Select(one => new KubernetesObject(one.Type, one.Document))];
}
