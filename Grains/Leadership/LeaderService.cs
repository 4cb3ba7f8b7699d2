using MetaCollector.Conversation.Leadership;
using MetaCollector.Grains.Interfaces.Leadership;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MetaCollector.Grains.Leadership;

/// <summary>Takes the leader's announcements, and answers questions to the leader if this silo leads.</summary>
internal sealed class LeaderService(GrainId id, Silo silo, IServiceProvider services, LeaderDirectory directory, ILoggerFactory loggers)
    : GrainService(id, silo, loggers), ILeaderService
{
    private readonly ILogger _logger = loggers.CreateLogger<LeaderDirectory>();

    public Task<long> AnnounceAsync(LeaderAnnouncement announcement)
    {
        var known = directory.Leader;
        var highest = directory.Announce(announcement);
        if (Equals(known, directory.Leader)) return Task.FromResult(highest);
        if (announcement.IsLeaving) Log.LeaderLeaves(_logger, announcement.Silo, announcement.Term);
        else Log.LeaderKnown(_logger, announcement.Silo, announcement.Term, announcement.IsSynced);
        return Task.FromResult(highest);
    }

    public Task<NodeInventory[]> GetNodesAsync(string[] nodes) => Task.FromResult(Array.ConvertAll(nodes, Leader.GetNode));

    public Task<NamespaceVerdict[]> VerifyNamespacesAsync(NamespacePosition[] held)
    {
        var leader = Leader;
        return Task.FromResult(Array.ConvertAll(held, one => leader.VerifyNamespace(one.Namespace, one.Position)));
    }

    public Task<string[][]> FindNodesAsync(string[] addresses) => Task.FromResult(Leader.FindNodes(addresses));

    public Task<Position> GetPositionAsync(string @namespace) => Task.FromResult(Leader.GetPosition(@namespace));

    // Resolved late: the informer, which implements ILeader, itself depends on the silo's services.
    private ILeader Leader => services.GetService<ILeader>() ?? throw new NotLeadingException();
}
