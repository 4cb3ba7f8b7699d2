namespace MetaCollector.Grains.Interfaces.Replicas;

/// <summary>Asks the other replicas. Thread-safe.</summary>
public interface IOtherReplicas
{
    /// <summary>The number of streams of each other replica that takes subscribers. Throws if a replica does not answer.</summary>
    Task<int[]> CountStreamsAsync();

    /// <summary>Waits until there is another replica, whether it takes subscribers or not.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    Task WaitForAnyAsync(CancellationToken cancellation);
}
