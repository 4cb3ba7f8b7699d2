namespace MetaCollector.Informer.Leadership;

/// <summary>
/// Elects the silo whose informer leads. Two silos may briefly lead, e.g. during a network partition: grains reject the batches of the older
/// term. Thread-safe.
/// </summary>
public interface ILeaderElection
{
    /// <summary>Whether other silos could lead. A leader that stops then waits until one of them does.</summary>
    bool HasOthers { get; }

    /// <summary>
    /// Waits until this silo leads, however long that takes. Retries after failures, and never throws them.
    /// </summary>
    /// <returns>The leadership, with a term above every term seen before, including this silo's own.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled; this silo does not lead then.</exception>
    Task<ILeadership> AcquireAsync(CancellationToken cancellation);
}

/// <summary>One won election. Thread-safe.</summary>
public interface ILeadership
{
    /// <summary>The term, from 1: above every older one.</summary>
    long Term { get; }

    /// <summary>
    /// Cancelled once another silo is known to lead. Not cancelled if the leader cannot renew: it goes on until it sees a newer term, which is
    /// safe since grains reject an older term.
    /// </summary>
    CancellationToken Lost { get; }

    /// <summary>
    /// Releases the leadership, so that another candidate need not wait for it to expire. Never throws, may be called after
    /// <see cref="Lost"/> and more than once, and takes a few seconds at most.
    /// </summary>
    /// <returns>Whether others can take the leadership now; if not, they have to wait until it expires.</returns>
    Task<bool> ReleaseAsync();
}
