using MetaCollector.Grains.Interfaces.Inspection;
using Orleans.Services;

namespace MetaCollector.Grains.Interfaces.Replicas;

/// <summary>Answers questions about a replica. Every silo offers it under its address.</summary>
[Alias("MetaCollector.IReplicaService")]
public interface IReplicaService : IGrainService
{
    /// <summary>How many streams are open at this silo; null if it takes no subscribers.</summary>
    [Alias("CountStreams")]
    Task<int?> CountStreamsAsync();

    /// <summary>The state of this replica, for <c>metacollector inspect</c>. Read-only.</summary>
    [Alias("Inspect")]
    Task<ReplicaInspection> InspectAsync();

    /// <summary>The streams of a node on this replica, with what they were sent, for <c>metacollector inspect</c>. Read-only.</summary>
    [Alias("InspectNode")]
    Task<NodeStreams> InspectNodeAsync(string node);
}
