using MetaCollector.Grains.Interfaces.Inspection;

namespace MetaCollector.Grains.Interfaces;

/// <summary>
/// Holds the slices of one node and sends them to the gateways that stream the node; the key is the node's name. The
/// <see cref="IResourceGrain"/>s send it the slices; it calls the <see cref="INodeObserver"/>s.
/// </summary>
[Alias("MetaCollector.INodeGrain")]
public interface INodeGrain : IGrainWithStringKey
{
    /// <summary>Namespaces send what changed in this node's slices.</summary>
    /// <param name="batches">Parts of batches, of one namespace or of several.</param>
    /// <returns>The answer to each of them, in their order.</returns>
    [Alias("Receive")]
    Task<Receipt[]> ReceiveAsync(Batch<SliceChange>[] batches);

    /// <summary>
    /// Subscribes a gateway or renews its subscription. Gateways call it when they start to stream the node, when a silo died or a leader came in
    /// sync, when an activation of the grain ended, and periodically: every 10 s for two minutes after any of these, then every minute. The grain
    /// sends what the gateway lacks with <see cref="INodeObserver.ReceiveAsync"/>.
    /// </summary>
    [Alias("Subscribe")]
    Task SubscribeAsync(GatewaySubscription subscription);

    /// <summary>Ends the subscription of a gateway that has no stream of this node any more.</summary>
    [Alias("Unsubscribe")]
    Task UnsubscribeAsync(INodeObserver observer);

    /// <summary>What it holds, for <c>metacollector inspect</c>. Read-only.</summary>
    [Alias("Inspect")]
    Task<NodeInspection> InspectAsync();
}
