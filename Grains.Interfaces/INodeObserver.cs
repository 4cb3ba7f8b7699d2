using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;

namespace MetaCollector.Grains.Interfaces;

/// <summary>A gateway's ear for one node. Its methods only note what they are told, and never wait.</summary>
[Alias("MetaCollector.INodeObserver")]
public interface INodeObserver : IGrainObserver
{
    /// <summary>The node hands over what changed in its slices, or the slices themselves.</summary>
    /// <param name="batches">A batch, or a part of one, for each of some namespaces; together no larger than 1 MB, by the estimate of the sender.</param>
    /// <returns>The answer to each of them, in their order.</returns>
    [Alias("ReceiveMany")]
    Task<Receipt[]> ReceiveAsync(Batch<SliceChange>[] batches);

    /// <summary>
    /// The node is complete, and everything that it holds has been handed over: a waiting stream may begin. It says nothing of
    /// namespaces that are not named: what is gone is told by a snapshot, whose position decides.
    /// </summary>
    /// <param name="namespaces">All namespaces that the node holds, with their positions.</param>
    /// <returns>False where the gateway does not hold those positions, so that nothing was done.</returns>
    [Alias("Complete")]
    Task<bool> CompleteAsync(NamespacePosition[] namespaces);
}
