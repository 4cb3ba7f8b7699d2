using MetaCollector.Clustering.Kubernetes.Membership;
using Xunit;

namespace MetaCollector.Tests.Clustering.Kubernetes.Membership;

public sealed class MembershipJsonTests
{
    [Fact]
    public void Write_TooManyDeadSilos_LeavesOutTheOldestAndNoLiveOne()
    {
        var document = MembershipDocument.Empty("silos") with
        {
            Rows = [.. Enumerable.Range(0, 40).Select(i => MembershipRow.Of(
                MembershipTables.Entry(i % 2 == 0 ? SiloStatus.Active : SiloStatus.Dead, TimeSpan.FromMinutes(i)), i, null, null))],
        };

        var (written, text) = MembershipJson.Write(document, maxBytes: 8_000);

        Assert.True(text.Length <= 8_000);
        Assert.Equal(20, written.Rows.Count(row => row.IsLive));
        var dead = document.Rows.Where(row => !row.IsLive).ToArray();
        Assert.Equal(dead.Take(written.Rows.Length - 20), written.Rows.Where(row => !row.IsLive));
        Assert.InRange(written.Rows.Length, 21, 39);
    }

    [Fact]
    public void Write_TooManyLiveSilos_Throws()
    {
        var document = MembershipDocument.Empty("silos") with { Rows = [MembershipRow.Of(MembershipTables.Entry(), 1, null, null)] };

        Assert.Throws<InvalidOperationException>(() => MembershipJson.Write(document, maxBytes: 100));
    }

    [Fact]
    public void TryRead_WrittenDocument_IsTheSame()
    {
        var entry = MembershipTables.Entry(SiloStatus.ShuttingDown);
        entry.SuspectTimes = [Tuple.Create(MembershipTables.Silo(), DateTime.UtcNow)];
        var document = MembershipDocument.Empty("silos") with { Version = 3, Rows = [MembershipRow.Of(entry, 2, "pod-0", "uid-0")] };

        Assert.True(MembershipJson.TryRead(MembershipJson.Write(document).Text, out var read));

        Assert.Equal(document with { Rows = [] }, read with { Rows = [] });
        var row = Assert.Single(read.Rows);
        Assert.Equal(document.Rows[0] with { Suspicions = null }, row with { Suspicions = null });
        Assert.Equal(document.Rows[0].Suspicions, row.Suspicions);
        Assert.Equal(entry.ToFullString(), row.ToEntry().ToFullString());
    }
}
