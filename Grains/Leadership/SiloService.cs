using MetaCollector.Grains.Interfaces.Inspection;
using MetaCollector.Grains.Interfaces.Leadership;
using MetaCollector.Grains.Interfaces.Positions;
using MetaCollector.Grains.Interfaces.Streams;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MetaCollector.Grains.Leadership;

/// <summary>What this silo offers under its address: it hears who leads, and answers for the leader where that is here.</summary>
internal sealed class SiloService(GrainId id, Silo silo, IServiceProvider services, LeaderDirectory directory, ILoggerFactory loggers)
    : GrainService(id, silo, loggers), ISiloService
{
    private readonly ILogger _logger = loggers.CreateLogger<LeaderDirectory>();

    /// <inheritdoc/>
    public Task<long> AnnounceAsync(LeaderAnnouncement announcement)
    {
        var known = directory.Leader;
        var highest = directory.Announce(announcement);
        if (Equals(known, directory.Leader)) return Task.FromResult(highest);
        if (announcement.IsLeaving) Log.LeaderLeaves(_logger, announcement.Silo, announcement.Term);
        else Log.LeaderKnown(_logger, announcement.Silo, announcement.Term, announcement.IsSynced);
        return Task.FromResult(highest);
    }

    /// <inheritdoc/>
    public Task<NodeInventory[]> GetNodesAsync(string[] nodes) => Task.FromResult(Array.ConvertAll(nodes, Leader.GetNode));

    /// <inheritdoc/>
    public Task<NamespaceVerdict[]> VerifyNamespacesAsync(NamespacePosition[] held)
    {
        var leader = Leader;
        return Task.FromResult(Array.ConvertAll(held, one => leader.VerifyNamespace(one.Namespace, one.Position)));
    }

    /// <inheritdoc/>
    public Task<string[][]> FindNodesAsync(string[] addresses) => Task.FromResult(Leader.FindNodes(addresses));

    /// <inheritdoc/>
    public Task<int?> CountStreamsAsync() => Task.FromResult(directory.Leader is { IsSynced: true } ? services.GetService<ISubscriberStreams>()?.Open : null);

    /// <inheritdoc/>
    public Task<Position> GetPositionAsync(string @namespace) => Task.FromResult(Leader.GetPosition(@namespace));

    /// <inheritdoc/>
    public Task<ReplicaInspection> InspectAsync() => Task.FromResult(services.GetRequiredService<IReplicaInspector>().Inspect());

    /// <inheritdoc/>
    public Task<NodeStreams> InspectNodeAsync(string node) => Task.FromResult(services.GetRequiredService<IReplicaInspector>().InspectNode(node));

    // Looked up late: the informer that is the leader is itself built on the silo's services.
    private ILeader Leader => services.GetService<ILeader>() ?? throw new NotLeadingException();
}
