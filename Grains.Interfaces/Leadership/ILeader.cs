using MetaCollector.Grains.Interfaces.Positions;

namespace MetaCollector.Grains.Interfaces.Leadership;

/// <summary>
/// The informer of this silo, as far as it leads: what <see cref="ISiloService"/> answers from. In memory, in process. Thread-safe.
/// </summary>
public interface ILeader
{
    /// <inheritdoc cref="ISiloService.GetNodeAsync"/>
    NodeInventory GetNode(string node);

    /// <inheritdoc cref="ISiloService.VerifyNamespaceAsync"/>
    NamespaceVerdict VerifyNamespace(string @namespace, Position held);

    /// <inheritdoc cref="ISiloService.FindNodesAsync"/>
    string[][] FindNodes(string[] addresses);

    /// <inheritdoc cref="ISiloService.GetPositionAsync"/>
    Position GetPosition(string @namespace);

    /// <summary>The nodes that have pods; empty while this silo does not lead.</summary>
    string[] GetNodes();
}
