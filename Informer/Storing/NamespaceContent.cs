using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;
using MetaCollector.Informer.Feeding;

namespace MetaCollector.Informer.Storing;

/// <summary>What the store holds of one namespace. Guarded by the store's lock.</summary>
/// <param name="name">Name of the namespace.</param>
internal sealed class NamespaceContent(string name)
{
    public string Name => name;

    public Dictionary<Uid, Resource> Resources { get; } = [];

    /// <summary>Position of its last change; without meaning while nobody leads.</summary>
    public Position Position { get; set; }

    /// <summary>The conversation with its grain; null while nobody leads.</summary>
    public NamespaceFeed? Feed { get; set; }
}
