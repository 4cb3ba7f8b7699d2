using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;
using MetaCollector.Informer.Feeding;

namespace MetaCollector.Informer.Storing;

/// <summary>What the store holds of one namespace. Guarded by the store's lock.</summary>
internal sealed class NamespaceContent
{
    public NamespaceContent(string name)
    {
        Name = name;
        Owners = new OwnerIndex(Resources);
    }

    public string Name { get; }

    public Dictionary<Uid, Resource> Resources { get; } = [];

    /// <summary>The owners among them that pods name.</summary>
    public OwnerIndex Owners { get; }

    /// <summary>Position of its last change; without meaning while nobody leads.</summary>
    public Position Position { get; set; }

    /// <summary>The conversation with its grain; null while nobody leads.</summary>
    public NamespaceFeed? Feed { get; set; }
}
