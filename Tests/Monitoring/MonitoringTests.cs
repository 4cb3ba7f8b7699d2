using System.Text.RegularExpressions;
using MetaCollector.Testing.Streams;
using MetaCollector.Tests.Install;
using Xunit;

namespace MetaCollector.Tests.Monitoring;

/// <summary>Dashboards and alerts, with a real Prometheus.</summary>
public sealed partial class MonitoringTests
{
    // Five minutes are five seconds.
    private const int Factor = 60;

    [Fact]
    public void Rules_OfTheChart_AreSound()
    {
        var (code, output) = PrometheusServer.Promtool("check", "rules", Repository.PathOf(RuleFile.Path));
        Assert.True(code == 0, output);
    }

    [Fact]
    public void Rules_EachAlert_HasAParagraphInTheRunbook()
    {
        var runbook = Repository.Read("docs/runbook.md");
        Assert.Equal(RuleFile.Alerts, Heading().Matches(runbook).Select(match => match.Groups[1].Value));
    }

    [Fact]
    public void Dashboard_OfTheChart_IsThatOfGrafanasFolder() =>
        Assert.Equal(Repository.Read(Queries.Dashboard), Repository.Read($"{Helm.Chart}/dashboards/metacollector.json"));

    [Fact]
    public async Task Replicas_DisturbedOneWayAfterAnother_AnswerEveryQueryAndRaiseEveryAlert()
    {
        PrometheusServer.SkipIfAbsent();
        Assert.SkipUnless(OperatingSystem.IsLinux(), "signals need Linux");
        await using var cluster = await MonitoredCluster.StartAsync(RuleFile.Hastened(Factor));
        var prometheus = cluster.Prometheus;
        var raised = new List<string>();

        // Streams, all at once: one node has none, one has more changes than it may be sent, and two subscribers read nothing.
        var slow = cluster.Subscribe(cluster.Slow, MonitoredCluster.BusyNode);
        foreach (var query in Queries.OfOurs().Concat(Queries.OfThePredecessor)) await prometheus.UntilDataAsync(query);
        var stuck = cluster.SubscribeStuck(cluster.Plain);
        var shed = cluster.SubscribeStuck(cluster.Strict);
        await FireAsync("NodeWithoutStream", "StreamsShed", "StreamBehind", "DelayHigh");
        cluster.Subscribe(cluster.Plain, MonitoredCluster.LonelyNode);
        cluster.Subscribe(cluster.Plain, MonitoredCluster.BusyNode);
        foreach (var stream in (StreamClient[])[slow, stuck, shed]) await cluster.EndAsync(stream);
        await AreResolvedAsync("NodeWithoutStream", "StreamsShed", "StreamBehind", "DelayHigh");

        cluster.Simulator.Faults.FreezeWatches("pods");
        await FireAsync("WatchSilent");
        cluster.Simulator.Faults.ThawWatches("pods");
        await AreResolvedAsync("WatchSilent");

        // The leader dies, and nobody may take the Lease.
        cluster.Simulator.Access.Forbid("update", "leases");
        await cluster.KillAsync(await cluster.LeaderAsync());
        await FireAsync("NoLeader");

        // Somebody takes it, and cannot list everything.
        cluster.Simulator.Faults.Answer(500, int.MaxValue, "replicasets");
        cluster.Simulator.Access.Allow("update", "leases");
        await AreResolvedAsync("NoLeader");
        await FireAsync("NotSynced");

        // It hears why, and goes on without.
        cluster.Simulator.Access.Forbid("list", "replicasets");
        cluster.Simulator.Access.Forbid("watch", "replicasets");
        cluster.Simulator.Faults.ClearAnswers();
        await AreResolvedAsync("NotSynced");
        await FireAsync("KindUnreadable");
        cluster.Simulator.Access.Allow("list", "replicasets");
        cluster.Simulator.Access.Allow("watch", "replicasets");
        await cluster.StopAsync(await cluster.LeaderAsync());
        await AreResolvedAsync("KindUnreadable");

        await cluster.KillAllAsync();
        await FireAsync("Down");
        await cluster.AddAsync(TestContext.Current.CancellationToken);
        await AreResolvedAsync("Down");

        Assert.Equal(RuleFile.Alerts.Order(), raised.Order());

        async Task FireAsync(params string[] alerts)
        {
            await Task.WhenAll(alerts.Select(alert => prometheus.UntilFiringAsync("MetaCollector" + alert)));
            raised.AddRange(alerts.Select(alert => "MetaCollector" + alert));
        }

        Task AreResolvedAsync(params string[] alerts) => Task.WhenAll(alerts.Select(alert => prometheus.UntilResolvedAsync("MetaCollector" + alert)));
    }

    [GeneratedRegex(@"^## (MetaCollector\w+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();
}
