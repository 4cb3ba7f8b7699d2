using Orleans.Concurrency;

namespace MetaCollector.Grains.Interfaces;

/// <summary>A gateway's ear for one node. It only notes what it is told, and never waits.</summary>
[Alias("MetaCollector.INodeObserver")]
public interface INodeObserver : IGrainObserver
{
    /// <summary>Takes what changed in the node's slices, or whole slices.</summary>
    /// <param name="batches">A batch, or a part of one, for each of some namespaces; together no larger than 1 MB, by the estimate of the sender.</param>
    /// <param name="complete">
    /// Null, or: the node is complete, and with these batches the gateway has everything; a waiting stream may begin. All namespaces that the
    /// node holds, with their positions. It says nothing of any other: what is gone is told by a snapshot, whose position decides.
    /// </param>
    /// <returns>The answer. A gateway that does not hold the positions of <paramref name="complete"/> begins no stream.</returns>
    [Alias("ReceiveMany")]
    Task<GatewayReceipt> ReceiveAsync(Batch<SliceChange>[] batches, NamespacePosition[]? complete = null);

    /// <summary>The activation of the node's grain ends: the gateway renews its subscription soon, so that the next activation knows of it.</summary>
    [Alias("Renew"), OneWay]
    Task RenewAsync();
}
