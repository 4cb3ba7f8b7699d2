using MetaCollector.Grains.Interfaces.Positions;
using Orleans.Services;

namespace MetaCollector.Grains.Interfaces.Leadership;

/// <summary>
/// What every silo offers under its address about who leads: it hears of it, and, on the leader's silo, answers for the leader.
/// </summary>
[Alias("MetaCollector.ILeaderService")]
public interface ILeaderService : IGrainService
{
    /// <summary>The leader tells who it is: when it takes over, when it is in sync, when a silo joins, and now and then.</summary>
    /// <returns>The highest term that this silo has seen: more than the announced one where the leader's term is over.</returns>
    [Alias("Announce")]
    Task<long> AnnounceAsync(LeaderAnnouncement announcement);

    /// <summary>Which namespaces have pods on each of these nodes, and how far each has come.</summary>
    /// <exception cref="NotLeadingException">This silo does not lead, or its leader is not in sync yet.</exception>
    [Alias("GetNodes")]
    Task<NodeInventory[]> GetNodesAsync(string[] nodes);

    /// <summary>
    /// <see cref="IResourceGrain"/>s ask whether the positions that they hold are current. Where one is not, what is missing follows
    /// through <see cref="IResourceGrain.FeedAsync"/>. Asking about a namespace that does not exist makes nothing of it.
    /// </summary>
    /// <exception cref="NotLeadingException">This silo does not lead, or its leader is not in sync yet.</exception>
    [Alias("VerifyNamespaces")]
    Task<NamespaceVerdict[]> VerifyNamespacesAsync(NamespacePosition[] held);

    /// <summary>A gateway asks which nodes each of these addresses belongs to, as <see cref="Model.NodeAddress"/> spells them; none for one that is not known.</summary>
    /// <exception cref="NotLeadingException">This silo does not lead, or its leader is not in sync yet.</exception>
    [Alias("FindNodes")]
    Task<string[][]> FindNodesAsync(string[] addresses);

    /// <summary>How far the leader has come in a namespace; <see cref="Position.None"/> where it holds nothing of it. Changes nothing.</summary>
    /// <exception cref="NotLeadingException">This silo does not lead, or its leader is not in sync yet.</exception>
    [Alias("GetPosition")]
    Task<Position> GetPositionAsync(string @namespace);
}
