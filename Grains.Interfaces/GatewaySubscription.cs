namespace MetaCollector.Grains.Interfaces;

/// <summary>A gateway's subscription to a node. Immutable.</summary>
/// <param name="Observer">The gateway's callback.</param>
/// <param name="Silo">The gateway's silo; the node's grain moves there.</param>
/// <param name="Held">The positions that the gateway holds; empty at first.</param>
[GenerateSerializer, Immutable, Alias("MetaCollector.GatewaySubscription")]
public sealed record GatewaySubscription(
    [property: Id(0)] INodeObserver Observer, [property: Id(1)] SiloAddress Silo, [property: Id(2)] NamespacePosition[] Held);
