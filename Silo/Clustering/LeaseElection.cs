using MetaCollector.Clustering.Kubernetes.Leasing;
using MetaCollector.Conversation.Leadership;
using MetaCollector.Informer.Leadership;

namespace MetaCollector.Silo.Clustering;

/// <summary>The informer's elections, held on a Kubernetes Lease. Thread-safe.</summary>
internal sealed class LeaseElection : ILeaderElection
{
    private readonly LeaseElector _elector;
    private readonly IClusterMembershipService _membership;
    private readonly ILocalSiloDetails _local;

    public LeaseElection(LeaseElector elector, LeaderDirectory directory, IClusterMembershipService membership, ILocalSiloDetails local)
    {
        (_elector, _membership, _local) = (elector, membership, local);
        directory.LeaderLeaves += elector.Wake;
    }

    public bool HasOthers => _membership.CurrentSnapshot.Members.Values.Any(
        member => member.Status == SiloStatus.Active && !member.SiloAddress.Equals(_local.SiloAddress));

    public async Task<ILeadership> AcquireAsync(CancellationToken cancellation) => new Leadership(await _elector.AcquireAsync(cancellation));

    private sealed class Leadership(LeaseElector.LeaseLeadership leadership) : ILeadership
    {
        public long Term => leadership.Term;

        public CancellationToken Lost => leadership.Lost;

        public Task<bool> ReleaseAsync() => leadership.ReleaseAsync();
    }
}
