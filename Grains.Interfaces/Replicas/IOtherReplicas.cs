namespace MetaCollector.Grains.Interfaces.Replicas;

/// <summary>The other replicas that take subscribers. Thread-safe.</summary>
public interface IOtherReplicas
{
    /// <summary>How many streams each of them has. It fails where one of them does not say.</summary>
    Task<int[]> CountStreamsAsync();

    /// <summary>Waits until there is another replica, whether it takes subscribers or not.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    Task WaitForAnyAsync(CancellationToken cancellation);
}
