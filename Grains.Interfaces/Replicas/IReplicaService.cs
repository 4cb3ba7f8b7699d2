using MetaCollector.Grains.Interfaces.Inspection;
using Orleans.Services;

namespace MetaCollector.Grains.Interfaces.Replicas;

/// <summary>What every silo tells of itself as a replica, under its address.</summary>
[Alias("MetaCollector.IReplicaService")]
public interface IReplicaService : IGrainService
{
    /// <summary>How many streams to subscribers are open at this silo; null where it takes none.</summary>
    [Alias("CountStreams")]
    Task<int?> CountStreamsAsync();

    /// <summary>What this replica knows of itself, for people. Changes nothing.</summary>
    [Alias("Inspect")]
    Task<ReplicaInspection> InspectAsync();

    /// <summary>The streams of a node on this replica, with what they were sent, for people. Changes nothing.</summary>
    [Alias("InspectNode")]
    Task<NodeStreams> InspectNodeAsync(string node);
}
