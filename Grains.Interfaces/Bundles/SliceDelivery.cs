namespace MetaCollector.Grains.Interfaces.Bundles;

/// <summary>A batch for a node, on its way in a bundle. Immutable.</summary>
/// <param name="Node">Name of the node.</param>
/// <param name="Batch">One part of a batch of a namespace.</param>
[GenerateSerializer, Immutable, Alias("MetaCollector.SliceDelivery")]
public readonly record struct SliceDelivery([property: Id(0)] string Node, [property: Id(1)] Batch<SliceChange> Batch);
