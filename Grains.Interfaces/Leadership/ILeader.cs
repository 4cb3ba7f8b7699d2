namespace MetaCollector.Grains.Interfaces.Leadership;

/// <summary>
/// The leader on this silo, from which <see cref="ILeaderService"/> answers. In memory, in process. Thread-safe.
/// </summary>
public interface ILeader
{
    /// <summary>Which namespaces have pods on <paramref name="node"/>, and the position of each.</summary>
    /// <exception cref="NotLeadingException">This silo does not lead, or its leader is not in sync yet.</exception>
    NodeInventory GetNode(string node);

    /// <summary>Whether <paramref name="held"/> is the current position of a namespace. If not, the leader feeds what is missing.</summary>
    /// <exception cref="NotLeadingException">This silo does not lead, or its leader is not in sync yet.</exception>
    NamespaceVerdict VerifyNamespace(string @namespace, Position held);

    /// <inheritdoc cref="ILeaderService.FindNodesAsync"/>
    string[][] FindNodes(string[] addresses);

    /// <inheritdoc cref="ILeaderService.GetPositionAsync"/>
    Position GetPosition(string @namespace);

    /// <summary>The nodes that have pods; empty while this silo does not lead.</summary>
    string[] GetNodes();
}
