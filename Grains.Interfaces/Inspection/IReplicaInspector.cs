using MetaCollector.Grains.Interfaces.Replicas;

namespace MetaCollector.Grains.Interfaces.Inspection;

/// <summary>What can be seen in this replica alone: what <see cref="IReplicaService"/> answers from. In memory, in process. Thread-safe.</summary>
public interface IReplicaInspector
{
    /// <inheritdoc cref="IReplicaService.InspectAsync"/>
    ReplicaInspection Inspect();

    /// <inheritdoc cref="IReplicaService.InspectNodeAsync"/>
    NodeStreams InspectNode(string node);
}

/// <summary>The streams of this replica, to look at. Thread-safe.</summary>
public interface IStreamInspector
{
    /// <summary>The nodes that have streams, and how many.</summary>
    StreamsOfNode[] Nodes();

    /// <summary>The streams whose subscriber has taken nothing for <paramref name="atLeast"/>, without what they were sent.</summary>
    StreamInspection[] Stuck(TimeSpan atLeast);

    /// <summary>The streams of one node, with what they were sent.</summary>
    NodeStreams StreamsOf(string node);
}
