namespace MetaCollector.Informer.Leadership;

/// <summary>
/// Decides which silo's informer leads. Elections may briefly give two leaders, e.g. while one is cut off: terms fence, so that at
/// most one of them is believed. Thread-safe.
/// </summary>
public interface ILeaderElection
{
    /// <summary>Whether there are other silos that could lead: then a leader that stops waits until one of them does.</summary>
    bool HasOthers { get; }

    /// <summary>
    /// Waits, as long as it takes, until this silo leads. Failures on the way are retried inside, and never thrown.
    /// </summary>
    /// <returns>The leadership, with a term above every one that was seen before, this silo's own included.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled; nothing is held then.</exception>
    Task<ILeadership> AcquireAsync(CancellationToken cancellation);
}

/// <summary>One won election. Thread-safe.</summary>
public interface ILeadership
{
    /// <summary>The term, from 1: above every older one.</summary>
    long Term { get; }

    /// <summary>
    /// Cancelled once somebody else is known to lead. A leader that merely cannot renew is not lost: it goes on until it sees a
    /// newer term, which is safe since terms fence.
    /// </summary>
    CancellationToken Lost { get; }

    /// <summary>
    /// Gives the leadership up, so that another candidate need not wait for it to expire. Does not throw where that fails, may be
    /// called after <see cref="Lost"/> and more than once, and takes a few seconds at most.
    /// </summary>
    /// <returns>Whether others can take the leadership now; where not, none of them will for a while.</returns>
    Task<bool> ReleaseAsync();
}
