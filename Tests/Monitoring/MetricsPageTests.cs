using System.Text;
using MetaCollector.Simulator.Resources;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Monitoring;

/// <summary><c>docs/metrics.md</c> says what the program serves.</summary>
public sealed class MetricsPageTests : IDisposable
{
    private const string Page = "docs/metrics.md";
    private const string Node = "node-0";

    private static readonly string[] Predecessors =
    [
        "meta_collector_broker_dispatched_events", "meta_collector_broker_queue_adds", "meta_collector_broker_queue_duration_seconds",
        "meta_collector_collector_event_api_server_received", "meta_collector_server_subscribers",
    ];

    private static readonly (string Section, Func<string, bool> Has)[] Sections =
    [
        ("k8s-metacollector", Predecessors.Contains),
        ("streams", name => name.StartsWith("meta_collector_gateway_", StringComparison.Ordinal)),
        ("reading", name => name.StartsWith("meta_collector_informer_", StringComparison.Ordinal) || name == "meta_collector_api_server_requests_total"),
        ("feed", name => name.StartsWith("meta_collector_feed_", StringComparison.Ordinal)),
        ("listening", name => name.Split('_') is ["meta", "collector", "certificate" or "connections", ..]),
        ("cluster", name => name.Split('_') is ["meta", "collector", "grains" or "leadership" or "membership" or "exceptions", ..]),
        ("process", name => name is "meta_collector_build_info" or "meta_collector_ready" or "meta_collector_metrics_dropped_total" || name.StartsWith("process_", StringComparison.Ordinal)),
    ];

    // What promtool has to say of names that are a contract.
    private static readonly string[] KeptAsTheyAre =
    [
        "meta_collector_broker_dispatched_events counter metrics should have \"_total\" suffix",
        "meta_collector_broker_queue_adds counter metrics should have \"_total\" suffix",
        "meta_collector_collector_event_api_server_received counter metrics should have \"_total\" suffix",
    ];

    private readonly SiloCertificates _tls = new();

    public void Dispose() => _tls.Dispose();

    [Fact]
    public async Task Tables_OfThePage_AreWhatTheProgramServes()
    {
        await using var cluster = await EndToEndCluster.StartSimulatedAsync(
            prepare: simulator => simulator.Clusters.Generate(2, 5, namespaces: 2), flags: ["--clustering", "kubernetes", "--namespace", "default", .. _tls.Flags]);
        var before = new Exposition(await cluster.Collector.MetricsAsync(TestContext.Current.CancellationToken));
        Assert.Contains("meta_collector_server_subscribers", before.Metrics);

        await using var subscriber = cluster.Subscribe(Node);
        await subscriber.Log.UntilAsync(log => log.Held.Count > 5, "the node's resources");
        var pod = cluster.Simulator.Objects.List(ResourceTypes.Pods).First(pod => pod.NodeName == Node);
        cluster.Simulator.Objects.Change(pod, current => current.Labelled(("changed", "yes")));
        await subscriber.Log.UntilAsync(log => log.Held[pod.Uid].Meta.Contains("changed", StringComparison.Ordinal), "the change");

        var page = Repository.Read(Page);
        var text = await cluster.Collector.MetricsAsync(TestContext.Current.CancellationToken);
        Assert.DoesNotMatch("(?m)^meta_collector_[^ ]*=\"[^\"]* [^\"]*\"", text);
        Assert.DoesNotMatch("(?m)^(workqueue|controller_runtime)_", text);
        var served = new Exposition(text);
        var expected = WithTables(page, served);
        if (Repository.Updates) await File.WriteAllTextAsync(Repository.PathOf(Page), expected, TestContext.Current.CancellationToken);
        else Assert.Equal(expected, page);
        Assert.All(served.Metrics.Keys.Where(name => !IsForeign(name)), name => Assert.Single(Sections, section => section.Has(name)));
    }

    [Fact]
    public async Task Metrics_OfAReplica_PassPromtoolsLint()
    {
        PrometheusServer.SkipIfAbsent();
        await using var cluster = await EndToEndCluster.StartSimulatedAsync(flags: ["--clustering", "kubernetes", "--namespace", "default", .. _tls.Flags]);
        var text = await cluster.Collector.MetricsAsync(TestContext.Current.CancellationToken);
        Assert.Equal(KeptAsTheyAre, PrometheusServer.Lint(text).Where(line => !IsForeign(line)).Order());
    }

    [Fact]
    public void Predecessors_NamesAndLabels_AreKept()
    {
        var page = Repository.Read(Page);
        foreach (var kept in (string[])
                 [
                     "`meta_collector_collector_event_api_server_received` | counter | name, source, type |",
                     "`meta_collector_broker_queue_adds` | counter | name, type |",
                     "`meta_collector_broker_queue_duration_seconds` | histogram | name |",
                     "`meta_collector_broker_dispatched_events` | counter | kind, type |",
                     "`meta_collector_server_subscribers` | gauge |  |",
                 ])
        {
            Assert.Contains(kept, page, StringComparison.Ordinal);
        }
    }

    private static bool IsForeign(string name) => name.Split('_')[0] is "dotnet" or "orleans" or "kestrel";

    private static string WithTables(string page, Exposition served)
    {
        foreach (var (section, has) in Sections)
        {
            string begin = $"<!-- {section} -->\n", end = $"<!-- end of {section} -->";
            int from = page.IndexOf(begin, StringComparison.Ordinal) + begin.Length, to = page.IndexOf(end, StringComparison.Ordinal);
            page = page[..from] + Table(served.Metrics.Values.Where(metric => has(metric.Name))) + page[to..];
        }

        return page;
    }

    private static string Table(IEnumerable<Exposition.Metric> metrics)
    {
        var table = new StringBuilder("| metric | type | labels | |\n| --- | --- | --- | --- |\n");
        foreach (var metric in metrics) table.Append($"| `{metric.Name}` | {metric.Type} | {string.Join(", ", metric.Labels)} | {metric.Help} |\n");
        return table.ToString();
    }
}
