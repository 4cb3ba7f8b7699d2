namespace MetaCollector.Clustering.Kubernetes.Leasing;

/// <summary>Connects an elector to the program around it. The delegates must be thread-safe and quick, and must not throw.</summary>
public sealed class LeaseSurroundings
{
    /// <summary>The highest term that this silo has seen anywhere: a new term is higher. 0 by default.</summary>
    public Func<long> HighestTerm { get; init; } = static () => 0;

    /// <summary>Called with each term that the elector reads in the Lease, its own included.</summary>
    public Action<long> TermSeen { get; init; } = static _ => { };

    /// <summary>
    /// Whether a holder is known to be dead, so that a candidate takes the Lease from it at once. Call <see cref="LeaseElector.Wake"/> when the
    /// answer may have changed. False by default.
    /// </summary>
    public Func<string, bool> IsDead { get; init; } = static _ => false;
}
