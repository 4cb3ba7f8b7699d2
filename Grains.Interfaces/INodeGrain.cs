using MetaCollector.Grains.Interfaces.Inspection;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;

namespace MetaCollector.Grains.Interfaces;

/// <summary>
/// What is relevant to one node, slice by slice, and the gateways that stream it; the key is the node's name. Fed by the
/// <see cref="IResourceGrain"/>s, feeds the <see cref="INodeObserver"/>s.
/// </summary>
[Alias("MetaCollector.INodeGrain")]
public interface INodeGrain : IGrainWithStringKey
{
    /// <summary>Namespaces hand over what changed in this node's slices of them.</summary>
    /// <param name="batches">Parts of batches, of one namespace or of several.</param>
    /// <returns>The answer to each of them, in their order.</returns>
    [Alias("Receive")]
    Task<Receipt[]> ReceiveAsync(Batch<SliceChange>[] batches);

    /// <summary>
    /// A gateway wants to be told, or wants to go on being told: new, every 10 s, and after each change of the cluster's members.
    /// What is missing follows through <see cref="INodeObserver.ReceiveAsync"/>.
    /// </summary>
    [Alias("Subscribe")]
    Task SubscribeAsync(GatewaySubscription subscription);

    /// <summary>The gateway has no stream for this node any more.</summary>
    [Alias("Unsubscribe")]
    Task UnsubscribeAsync(INodeObserver observer);

    /// <summary>What it holds, for people. Changes nothing.</summary>
    [Alias("Inspect")]
    Task<NodeInspection> InspectAsync();
}
