using MetaCollector.Grains.Interfaces.Model;

namespace MetaCollector.Informer.Storing;

/// <summary>What is held of one namespace. Guarded by the store's lock.</summary>
internal sealed class NamespaceContent
{
    public NamespaceContent() => Owners = new OwnerIndex(Resources);

    public Dictionary<Uid, Resource> Resources { get; } = [];

    /// <summary>The owners among them that pods name.</summary>
    public OwnerIndex Owners { get; }
}
