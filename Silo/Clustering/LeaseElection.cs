using MetaCollector.Clustering.Kubernetes.Leasing;
using MetaCollector.Informer.Leadership;

namespace MetaCollector.Silo.Clustering;

/// <summary>The informer's elections, held on a Kubernetes Lease. Thread-safe.</summary>
internal sealed class LeaseElection(LeaseElector elector) : ILeaderElection
{
    public async Task<ILeadership> AcquireAsync(CancellationToken cancellation) => new Leadership(await elector.AcquireAsync(cancellation));

    private sealed class Leadership(LeaseElector.LeaseLeadership leadership) : ILeadership
    {
        public long Term => leadership.Term;

        public CancellationToken Lost => leadership.Lost;

        public Task ReleaseAsync() => leadership.ReleaseAsync();
    }
}
