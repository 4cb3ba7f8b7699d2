namespace MetaCollector.Grains.Interfaces.Streams;

/// <summary>The other replicas that take subscribers. Thread-safe.</summary>
public interface IOtherReplicas
{
    /// <summary>How many streams each of them has. It fails where one of them does not say.</summary>
    Task<int[]> CountStreamsAsync();
}
