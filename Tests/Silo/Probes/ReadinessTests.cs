using System.Net;
using MetaCollector.Silo.Probes;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;

namespace MetaCollector.Tests.Silo.Probes;

public sealed class ReadinessTests
{
    private readonly Readiness _readiness = new();
    private SiloReport _report = new(IsMember: true, "Active", HasSyncedTerm: false, "no leader is known yet", [("term", "1")]);

    [Fact]
    public void Ask_BeforeTheSiloRuns_SaysThePhase()
    {
        _readiness.Phase(() => "joining");
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

    [Theory]
    [InlineData("10.0.0.7", "not ready\n")]
    [InlineData("fd00::7", "not ready\n")]
    [InlineData(null, "not ready\n")]
    [InlineData("127.0.0.1", "not ready: no leader is known yet\nterm: 1\n")]
    [InlineData("::ffff:127.0.0.1", "not ready: no leader is known yet\nterm: 1\n")]
    [InlineData("::1", "not ready: no leader is known yet\nterm: 1\n")]
    public void Ask_Details_AreForLoopbackAlone(string? peer, string text)
    {
        _readiness.Watch(() => _report);
        Assert.Equal((false, text), _readiness.Ask(peer is null ? null : IPAddress.Parse(peer)));
        _report = _report with { HasSyncedTerm = true };
        Assert.Equal((true, text.Contains(':', StringComparison.Ordinal) ? "ok\nterm: 1\n" : "ok\n"), _readiness.Ask(peer is null ? null : IPAddress.Parse(peer)));
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
    public void Check_LeaderIsRefusedPods_IsUnhealthyWhileItIs()
    {
        _readiness.Watch(() => _report);
        Assert.Equal((HealthStatus.Unhealthy, "not ready: no leader is known yet"), Checked());
        _report = _report with { HasSyncedTerm = true };
        Assert.Equal((HealthStatus.Healthy, null), Checked());
        _report = _report with { Blindness = "pods are refused" };
        Assert.Equal((HealthStatus.Unhealthy, "not ready: pods are refused"), Checked());
        _report = _report with { Blindness = null, HasSyncedTerm = false };
        Assert.Equal((HealthStatus.Healthy, null), Checked());

        (HealthStatus, string?) Checked() => _readiness.Check() is var result ? (result.Status, result.Description) : default;
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
