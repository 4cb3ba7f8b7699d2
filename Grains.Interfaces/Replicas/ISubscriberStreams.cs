namespace MetaCollector.Grains.Interfaces.Replicas;

/// <summary>The streams to subscribers of this silo: what <see cref="IReplicaService"/> answers from. In memory, in process. Thread-safe.</summary>
public interface ISubscriberStreams
{
    /// <summary>How many are open; null once the silo takes no more, because it stops.</summary>
    int? Open { get; }
}
