using MetaCollector.Silo.Probes;
using Xunit;

namespace MetaCollector.Tests.Silo.Probes;

public sealed class ReadinessTests
{
    private readonly Readiness _readiness = new();
    private SiloReport _report = new(IsMember: true, "Active", HasSyncedTerm: false, "no leader is known yet", [("term", "1")]);

    [Fact]
    public void Ask_BeforeTheSiloRuns_SaysThePhase()
    {
        _readiness.Phase("joining");
        Assert.Equal((false, "not ready: joining\n"), _readiness.Ask());
    }

    [Fact]
    public void Ask_BeforeASyncedTerm_SaysWhatIsMissing()
    {
        _readiness.Watch(() => _report);
        Assert.Equal((false, "not ready: no leader is known yet\nterm: 1\n"), _readiness.Ask());
    }

    [Fact]
    public void Ask_AfterASyncedTermWasLost_StaysReady()
    {
        _readiness.Watch(() => _report);
        _report = _report with { HasSyncedTerm = true };
        Assert.True(_readiness.Ask().IsReady);
        _report = _report with { HasSyncedTerm = false };
        Assert.Equal((true, "ok\nterm: 1\n"), _readiness.Ask());
    }

    [Fact]
    public void Ask_NoLongerMember_IsNotReady()
    {
        _readiness.Watch(() => _report);
        _report = _report with { HasSyncedTerm = true };
        Assert.True(_readiness.Ask().IsReady);
        _report = _report with { IsMember = false, Membership = "Dead" };
        Assert.StartsWith("not ready: this silo is not an active member of the cluster: Dead", _readiness.Ask().Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Ask_Stopping_IsNotReady()
    {
        _readiness.Watch(() => _report);
        _report = _report with { HasSyncedTerm = true };
        Assert.True(_readiness.Ask().IsReady);
        _readiness.Stop();
        Assert.StartsWith("not ready: stopping", _readiness.Ask().Text, StringComparison.Ordinal);
    }
}
