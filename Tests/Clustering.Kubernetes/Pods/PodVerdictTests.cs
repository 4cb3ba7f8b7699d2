using MetaCollector.Clustering.Kubernetes.Membership;
using MetaCollector.Clustering.Kubernetes.Pods;
using MetaCollector.Tests.Clustering.Kubernetes.Membership;
using Xunit;

namespace MetaCollector.Tests.Clustering.Kubernetes.Pods;

public sealed class PodVerdictTests
{
    private const string Self = "uid-self";

    [Fact]
    public void Gone_PodMissing_CondemnsItsSilo()
    {
        var row = Row("silo-1", "uid-1");

        Assert.Equal([row.Address], PodVerdict.Gone([row], Uids(Self), Self)!);
    }

    [Fact]
    public void Gone_PodThere_SparesItsSilo() =>
        Assert.Empty(PodVerdict.Gone([Row("silo-1", "uid-1")], Uids(Self, "uid-1"), Self)!);

    [Fact]
    public void Gone_NewPodWithTheSameName_CondemnsTheOldSilo()
    {
        var (old, current) = (Row("silo-1", "uid-1"), Row("silo-1", "uid-2"));

        Assert.Equal([old.Address], PodVerdict.Gone([old, current], Uids(Self, "uid-2"), Self)!);
    }

    [Fact]
    public void Gone_OwnPodMissing_IsNoVerdict() => Assert.Null(PodVerdict.Gone([Row("silo-1", "uid-1")], Uids(), Self));

    [Fact]
    public void Gone_OwnEarlierSiloOrRowWithoutPodOrDead_IsSpared() =>
        Assert.Empty(PodVerdict.Gone([Row("silo-0", Self), Row(null, null), Row("silo-1", "uid-1", SiloStatus.Dead)], Uids(Self), Self)!);

    [Fact]
    public void In_Uid_CondemnsEverySiloOfThatPod()
    {
        var rows = new[] { Row("silo-1", "uid-1"), Row("silo-1", "uid-1"), Row("silo-1", "uid-2") };

        Assert.Equal(rows.Take(2).Select(row => row.Address).Order(), PodVerdict.In(rows, "uid-1", Self).Order());
    }

    private static HashSet<string> Uids(params string[] uids) => [.. uids];

    private static MembershipRow Row(string? pod, string? uid, SiloStatus status = SiloStatus.Active) =>
        MembershipRow.Of(MembershipTables.Entry(status), 1, pod, uid);
}
