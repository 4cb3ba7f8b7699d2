using MetaCollector.Conversation.Leadership;

namespace MetaCollector.Informer.Leadership;

/// <summary>The election of a single silo, which always wins. Thread-safe.</summary>
/// <param name="directory">Knows the highest term seen.</param>
public sealed class SoleLeader(LeaderDirectory directory) : ILeaderElection
{
    private long _last;

    /// <inheritdoc/>
    public bool HasOthers => false;

    /// <inheritdoc/>
    public Task<ILeadership> AcquireAsync(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        long last, term;
        do
        {
            last = Interlocked.Read(ref _last);
            term = Math.Max(last, directory.HighestTerm) + 1;
        }
        while (Interlocked.CompareExchange(ref _last, term, last) != last);
        return Task.FromResult<ILeadership>(new Leadership(term));
    }

    private sealed class Leadership(long term) : ILeadership
    {
        public long Term => term;

        public CancellationToken Lost => CancellationToken.None;

        public Task<bool> ReleaseAsync() => Task.FromResult(true);
    }
}
