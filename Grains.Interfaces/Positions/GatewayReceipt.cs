namespace MetaCollector.Grains.Interfaces.Positions;

/// <summary>A gateway's answer to a message of a node. Immutable.</summary>
/// <param name="Batches">The answer to each batch, in their order.</param>
/// <param name="IsComplete">Whether the message said that the node is complete, and the gateway holds all that it named.</param>
[GenerateSerializer, Immutable, Alias("MetaCollector.GatewayReceipt")]
public readonly record struct GatewayReceipt([property: Id(0)] Receipt[] Batches, [property: Id(1)] bool IsComplete);
