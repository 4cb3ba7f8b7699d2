using MetaCollector.Grains.Interfaces.Model;

namespace MetaCollector.Grains.Relations;

/// <summary>What a node has to be told of: the content is read when it is sent. Immutable.</summary>
/// <param name="Node">Name of the node.</param>
/// <param name="Key">What changed for it.</param>
internal readonly record struct NodeChange(string Node, SliceKey Key);

/// <summary>What changed in a node's slice. Immutable.</summary>
/// <param name="Uid">Uid of the resource.</param>
/// <param name="ReferencesOnly">Whether the resource itself is as before, and only what it refers to changed.</param>
internal readonly record struct SliceKey(Uid Uid, bool ReferencesOnly);
