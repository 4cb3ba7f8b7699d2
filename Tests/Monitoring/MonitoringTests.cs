using System.Text.RegularExpressions;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Monitoring;

/// <summary>Dashboards and alerts, with a real Prometheus.</summary>
public sealed partial class MonitoringTests
{
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
    public void Rules_OfGrafanasFolder_AreThoseOfTheChart() => Assert.Equal(RuleFile.Text, Repository.Read("grafana/alerts.yaml"));

    [Fact]
    public void Grafana_Folder_HasNoLinks()
    {
        // A link is a few letters to whoever downloads the file from a repository's page.
        foreach (var file in Directory.EnumerateFiles(Repository.PathOf("grafana"))) Assert.Null(new FileInfo(file).LinkTarget);
    }

    [Fact]
    public void Alerts_Each_IsRaisedByATest()
    {
        var raised = typeof(MonitoringTests).Assembly.GetTypes().Where(type => type.Name.EndsWith("AlertTests", StringComparison.Ordinal))
            .SelectMany(type => type.GetMethods()).Where(method => method.IsDefined(typeof(FactAttribute), inherit: false))
            .Select(method => $"MetaCollector{method.Name.Split('_')[0]}").Distinct().Order();
        Assert.Equal(RuleFile.Alerts.Order(), raised);
    }

    [Fact]
    public async Task Queries_OfOurDashboardAndThePredecessors_AllHaveData()
    {
        using var tls = new SiloCertificates();
        string[] flags = ["--controller-runtime-metrics", .. tls.Flags];
        await using var cluster = await MonitoredCluster.StartAsync(null, [.. flags, "--events-per-second", "1"], flags);
        cluster.Subscribe(cluster.Replicas[0], MonitoredCluster.BusyNode);
        cluster.Subscribe(cluster.Replicas[1], MonitoredCluster.QuietNode);
        cluster.Change();
        foreach (var query in Queries.OfOurs().Concat(Queries.OfThePredecessor)) await cluster.Prometheus.UntilDataAsync(query);
    }

    [Fact]
    public void Panels_OfOurDashboard_SayWhatTheyShowAndDoNotOverlap() => Assert.Empty(Queries.FaultsOfPanels());

    [GeneratedRegex(@"^## (MetaCollector\w+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();
}
