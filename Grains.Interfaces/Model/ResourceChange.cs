namespace MetaCollector.Grains.Interfaces.Model;

/// <summary>One change on the way from the leader to a <c>ResourceGrain</c>. Immutable.</summary>
/// <param name="Uid">Uid of the object.</param>
/// <param name="Resource">The object now; null if it is gone.</param>
[GenerateSerializer, Immutable, Alias("MetaCollector.ResourceChange")]
public readonly record struct ResourceChange([property: Id(0)] Uid Uid, [property: Id(1)] Resource? Resource);

/// <summary>
/// One change on the way from a <c>ResourceGrain</c> to a <c>NodeGrain</c>, and on to the gateways. Immutable. With both null, the resource
/// is no longer related to the node. With a resource, the change replaces it. With references alone, only the references of a pod changed
/// that the consumer holds.
/// </summary>
/// <param name="Uid">Uid of the resource.</param>
/// <param name="Resource">The resource now; null if it is gone or only its references changed.</param>
/// <param name="References">The pod's references now, if only they changed.</param>
[GenerateSerializer, Immutable, Alias("MetaCollector.SliceChange")]
public readonly record struct SliceChange(
    [property: Id(0)] Uid Uid, [property: Id(1)] NodeResource? Resource, [property: Id(2)] References? References);
