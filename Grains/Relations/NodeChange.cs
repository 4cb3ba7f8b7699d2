namespace MetaCollector.Grains.Relations;

/// <summary>A change for a node; its content is read when it is sent. Immutable.</summary>
internal readonly record struct NodeChange(string Node, SliceKey Key);

/// <summary>What changed in a node's slice. Immutable.</summary>
/// <param name="Uid">Uid of the resource.</param>
/// <param name="ReferencesOnly">Whether only the references changed, not the resource itself.</param>
internal readonly record struct SliceKey(Uid Uid, bool ReferencesOnly);
