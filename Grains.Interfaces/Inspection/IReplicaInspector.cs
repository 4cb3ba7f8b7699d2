using MetaCollector.Grains.Interfaces.Replicas;

namespace MetaCollector.Grains.Interfaces.Inspection;

/// <summary>The state of this replica, from which <see cref="IReplicaService"/> answers. In memory, in process. Thread-safe.</summary>
public interface IReplicaInspector
{
    /// <inheritdoc cref="IReplicaService.InspectAsync"/>
    ReplicaInspection Inspect();

    /// <inheritdoc cref="IReplicaService.InspectNodeAsync"/>
    NodeStreams InspectNode(string node);
}

/// <summary>Shows the streams of this replica. Thread-safe.</summary>
public interface IStreamInspector
{
    /// <summary>The nodes that have streams, and how many.</summary>
    StreamsOfNode[] Nodes();

    /// <summary>
    /// The streams whose subscriber has taken nothing for <paramref name="atLeast"/>, and those that have waited as long to begin, without what they
    /// were sent; no more than <see cref="InspectionLimits.Names"/>.
    /// </summary>
    StreamInspection[] Stuck(TimeSpan atLeast);

    /// <summary>The streams of one node, with what they were sent.</summary>
    NodeStreams StreamsOf(string node);
}
