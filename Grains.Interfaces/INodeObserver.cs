using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;

namespace MetaCollector.Grains.Interfaces;

/// <summary>A gateway's ear for one node. Its methods only note what they are told, and never wait.</summary>
[Alias("MetaCollector.INodeObserver")]
public interface INodeObserver : IGrainObserver
{
    /// <summary>The node hands over what changed in its slice of one namespace.</summary>
    [Alias("Receive")]
    Task<Receipt> ReceiveAsync(Batch<SliceChange> batch);

    /// <summary>
    /// The node is complete, and everything that it holds has been handed over: a waiting stream may begin. It says nothing of
    /// namespaces that are not named: what is gone is told by a snapshot, whose position decides.
    /// </summary>
    /// <param name="namespaces">All namespaces that the node holds, with their positions.</param>
    /// <returns>False where the gateway does not hold those positions, so that nothing was done.</returns>
    [Alias("Complete")]
    Task<bool> CompleteAsync(NamespacePosition[] namespaces);
}
