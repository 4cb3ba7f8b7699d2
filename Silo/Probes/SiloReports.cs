using MetaCollector.Grains.Interfaces.Leadership;

namespace MetaCollector.Silo.Probes;

/// <summary>Asks the parts of a silo how they are doing.</summary>
internal static class SiloReports
{
    /// <summary>The state of this moment.</summary>
    public static SiloReport Make(IServiceProvider services)
    {
        var status = services.GetRequiredService<ISiloStatusOracle>();
        var directory = services.GetRequiredService<LeaderDirectory>();
        var leader = directory.Leader;
        var details = new List<(string, string)>
        {
            ("silo", $"{status.SiloAddress} ({status.CurrentStatus})"),
            ("replicas", string.Join(", ", status.GetApproximateSiloStatuses(onlyActive: true).Keys.Order())),
            ("leader", leader is null ? "none known" : leader.Silo.Equals(status.SiloAddress) ? "this silo" : leader.Silo.ToString()),
            ("term", $"{directory.HighestTerm}{(leader is { IsSynced: true } ? ", in sync" : ", not in sync")}"),
        };
        var waiting = leader is null ? "no leader is known yet" : "the leader has not read everything yet";
        return new SiloReport(
            status.CurrentStatus == SiloStatus.Active, status.CurrentStatus.ToString(), leader is { IsSynced: true }, waiting, details);
    }
}
