using MetaCollector.Grains.Interfaces.Positions;

namespace MetaCollector.Grains.Interfaces;

/// <summary>A gateway that wants to be told what is relevant to a node. Immutable.</summary>
/// <param name="Observer">Its ear for the node.</param>
/// <param name="Silo">The silo that it is on: sooner or later the node's grain moves there.</param>
/// <param name="Held">The positions that it holds; empty at first.</param>
[GenerateSerializer, Immutable, Alias("MetaCollector.GatewaySubscription")]
public sealed record GatewaySubscription(
    [property: Id(0)] INodeObserver Observer, [property: Id(1)] SiloAddress Silo, [property: Id(2)] NamespacePosition[] Held);
