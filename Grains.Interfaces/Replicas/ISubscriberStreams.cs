namespace MetaCollector.Grains.Interfaces.Replicas;

/// <summary>Counts the streams of this silo, for <see cref="IReplicaService"/>. In memory, in process. Thread-safe.</summary>
public interface ISubscriberStreams
{
    /// <summary>How many are open; null once the silo stops and takes no more.</summary>
    int? Open { get; }
}
