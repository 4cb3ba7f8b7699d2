namespace MetaCollector.Clustering.Kubernetes.Leasing;

/// <summary>What an elector hears from, and tells, the program around it. The delegates must be thread-safe and quick, and must not throw.</summary>
public sealed class LeaseSurroundings
{
    /// <summary>The highest term that this silo has seen anywhere: a new one is above it. 0 by default.</summary>
    public Func<long> HighestTerm { get; init; } = static () => 0;

    /// <summary>A term was seen in the Lease, this elector's own included.</summary>
    public Action<long> TermSeen { get; init; } = static _ => { };

    /// <summary>
    /// Whether a holder is known to be gone for good, so that the Lease can be taken from it at once. Call <see cref="LeaseElector.Wake"/> when the
    /// answer may have changed. Never by default.
    /// </summary>
    public Func<string, bool> IsDead { get; init; } = static _ => false;
}
