using Orleans.Services;

namespace MetaCollector.Grains.Interfaces.Leadership;

/// <summary>
/// Takes the leader's announcements; on the leader's silo, also answers questions to the leader. Every silo offers it under its address.
/// </summary>
[Alias("MetaCollector.ILeaderService")]
public interface ILeaderService : IGrainService
{
    /// <summary>Takes the leader's announcement: when it takes over, when it is in sync, when a silo joins, and every few seconds.</summary>
    /// <returns>The highest term that this silo has seen: more than the announced one where the leader's term is over.</returns>
    [Alias("Announce")]
    Task<long> AnnounceAsync(LeaderAnnouncement announcement);

    /// <summary>Which namespaces have pods on each of these nodes, and the position of each.</summary>
    /// <exception cref="NotLeadingException">This silo does not lead, or its leader is not in sync yet.</exception>
    [Alias("GetNodes")]
    Task<NodeInventory[]> GetNodesAsync(string[] nodes);

    /// <summary>
    /// Answers <see cref="IResourceGrain"/>s that ask whether the positions that they hold are current. If one is not, the leader feeds what is
    /// missing with <see cref="IResourceGrain.FeedAsync"/>. A question about a namespace that does not exist leaves no state.
    /// </summary>
    /// <exception cref="NotLeadingException">This silo does not lead, or its leader is not in sync yet.</exception>
    [Alias("VerifyNamespaces")]
    Task<NamespaceVerdict[]> VerifyNamespacesAsync(NamespacePosition[] held);

    /// <summary>The nodes that each of these addresses (spelled by <see cref="Model.NodeAddress"/>) belongs to; none for an unknown address.</summary>
    /// <exception cref="NotLeadingException">This silo does not lead, or its leader is not in sync yet.</exception>
    [Alias("FindNodes")]
    Task<string[][]> FindNodesAsync(string[] addresses);

    /// <summary>The leader's position of a namespace; <see cref="Position.None"/> if it holds nothing of it. Read-only.</summary>
    /// <exception cref="NotLeadingException">This silo does not lead, or its leader is not in sync yet.</exception>
    [Alias("GetPosition")]
    Task<Position> GetPositionAsync(string @namespace);
}
