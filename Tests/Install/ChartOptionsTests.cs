using System.Text.Json.Nodes;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Install;

/// <summary>Options beyond the published chart, one by one. Needs helm.</summary>
public sealed class ChartOptionsTests
{
    [Theory]
    [MemberData(nameof(RenderedChartTests.Examples), MemberType = typeof(RenderedChartTests))]
    public void Labels_OfEveryLastingObject_AreTheReleases(string example)
    {
        foreach (var item in Helm.Template([.. Helm.Example(example), "--set", "commonLabels.team=security"]).Lasting())
        {
            Assert.Equal("test", (string?)item.At("metadata", "labels", "app.kubernetes.io/instance"));
            Assert.Equal("security", (string?)item.At("metadata", "labels", "team"));
        }
    }

    [Fact]
    public void CommonLabels_ThatAreTheChartsOwn_ChangeNoSelector()
    {
        var objects = Helm.Template("--set", @"commonLabels.app\.kubernetes\.io/name=other", "--set", @"podLabels.app\.kubernetes\.io/instance=other");
        Assert.Equal("k8s-metacollector", (string?)objects.One("Service").At("spec", "selector", "app.kubernetes.io/name"));
        Assert.Equal("k8s-metacollector", (string?)objects.One("Deployment").At("spec", "template", "metadata", "labels", "app.kubernetes.io/name"));
        Assert.Equal("test", (string?)objects.One("Deployment").At("spec", "template", "metadata", "labels", "app.kubernetes.io/instance"));
    }

    // A helm upgrade, kubectl apply and GitOps tools merge what is rendered into what is there: what is not rendered stays.
    [Fact]
    public void Membership_Rendered_HasNoContent()
    {
        var objects = Helm.Template("--set", "clustering.name=members");
        foreach (var item in (JsonObject[])[objects.One("ConfigMap"), objects.One("Lease")])
        {
            Assert.Equal("members", (string?)item.At("metadata", "name"));
            Assert.Equal(["apiVersion", "kind", "metadata"], item.Select(field => field.Key));
            Assert.Null(item.At("metadata", "annotations"));
        }
    }

    [Fact]
    public void CreateRight_Off_LeavesNoRightWithoutAName()
    {
        var rights = Helm.Template("--set", "clustering.createRight=false").Rights("Role");
        Assert.DoesNotContain(rights, right => right.StartsWith("create ", StringComparison.Ordinal));
        Assert.Contains("update /configmaps/test-k8s-metacollector", rights);
    }

    [Theory]
    [InlineData("openshift=true", false)]
    [InlineData("openshift=false", true)]
    [InlineData("openshift=auto", true)]
    public void OpenShift_Said_LeavesTheIdsOut(string value, bool hasIds)
    {
        var objects = Helm.Template("--set", value);
        foreach (var pod in (JsonNode[])[objects.One("Deployment").PodSpec(), objects.One("Pod")["spec"]!])
        {
            Assert.Equal(hasIds, pod["securityContext"]!.AsObject().ContainsKey("runAsUser"));
            Assert.Equal(hasIds, pod["securityContext"]!.AsObject().ContainsKey("fsGroup"));
            Assert.True((bool)pod.At("securityContext", "runAsNonRoot")!);
        }
    }

    [Fact]
    public void OpenShift_Seen_LeavesTheIdsOut() =>
        Assert.Null(Helm.Template("--api-versions", "security.openshift.io/v1").One("Deployment").PodSpec().At("securityContext", "runAsUser"));

    [Theory]
    [InlineData("mesh.ambient=true", true)]
    [InlineData(@"podLabels.istio\.io/dataplane-mode=ambient", true)]
    [InlineData("mesh.trustDomain=cluster.local", false)]
    public void Mesh_Ambient_LetsItsPortInAndGuardsTheSiloPort(string value, bool isAmbient)
    {
        var objects = Helm.Template("--set", value);
        var ports = objects.Lasting().One("NetworkPolicy").At("spec", "ingress")!.AsArray().Select(rule => (long)rule.At("ports", "0", "port")!);
        Assert.Equal(isAmbient, ports.Contains(15008));
        Assert.Equal(isAmbient, objects.Of("AuthorizationPolicy").Any());
        if (!isAmbient) return;
        var policy = objects.One("AuthorizationPolicy");
        Assert.Equal("DENY", (string?)policy.At("spec", "action"));
        Assert.Equal("11111", (string?)policy.At("spec", "rules", "0", "to", "0", "operation", "ports", "0"));
        Assert.Equal("cluster.local/ns/test/sa/test-k8s-metacollector", (string?)policy.At("spec", "rules", "0", "from", "0", "source", "notPrincipals", "0"));
        Assert.True(JsonNode.DeepEquals(objects.One("Deployment").At("spec", "selector"), policy.At("spec", "selector")));
    }

    [Fact]
    public void Service_Families_AreTheAskedOnes()
    {
        var spec = Helm.Template("--set", "service.ipFamilyPolicy=PreferDualStack,service.ipFamilies={IPv6,IPv4},service.sessionAffinity=ClientIP").One("Service")["spec"];
        Assert.Equal("PreferDualStack", (string?)spec.At("ipFamilyPolicy"));
        Assert.Equal(["IPv6", "IPv4"], spec.At("ipFamilies").Strings());
        Assert.Equal("ClientIP", (string?)spec.At("sessionAffinity"));
    }

    [Fact]
    public void PodMonitor_Made_ReadsThePodsPort()
    {
        var objects = Helm.Template("--set", "podMonitor.create=true,podMonitor.labels.release=prometheus");
        var monitor = objects.One("PodMonitor");
        var ports = objects.One("Deployment").Container()["ports"]!.AsArray().Select(port => (string?)port!["name"]);
        Assert.Contains((string?)monitor.At("spec", "podMetricsEndpoints", "0", "port"), ports);
        Assert.Equal("prometheus", (string?)monitor.At("metadata", "labels", "release"));
        Assert.True(JsonNode.DeepEquals(objects.One("Deployment").At("spec", "selector"), monitor.At("spec", "selector")));
    }

    [Fact]
    public void Alerts_SwitchedOff_AreLeftOutAlone()
    {
        var all = Alerts([]).Select(alert => (string)alert["alert"]!).ToList();
        var kept = Alerts("--set", "prometheusRule.disabledAlerts={MetaCollectorDown,MetaCollectorNoLeader}").Select(alert => (string)alert["alert"]!);
        Assert.Equal(all.Except(["MetaCollectorDown", "MetaCollectorNoLeader"]), kept);
    }

    [Fact]
    public void Alerts_WithAndWithoutARunbookOnline_LinkToItOrCarryItsText()
    {
        Assert.All(Alerts("--set", "prometheusRule.runbookUrl=https://docs.example.org/runbook"), alert =>
        {
            Assert.Equal($"https://docs.example.org/runbook#{((string)alert["alert"]!).ToLowerInvariant()}", (string?)alert.At("annotations", "runbook_url"));
            Assert.Null(alert.At("annotations", "runbook"));
        });
        Assert.All(Alerts([]), alert =>
        {
            Assert.Null(alert.At("annotations", "runbook_url"));
            Assert.InRange(((string?)alert.At("annotations", "runbook") ?? "").Length, 50, 4000);
        });
    }

    [Fact]
    public void DashboardLabels_Replaced_AreTheOnesOfTheConfigMap()
    {
        var map = Helm.Template("--set", "grafana.dashboards.enabled=true,grafana.dashboards.labels.grafana_dashboard=null,grafana.dashboards.labels.dashboards=yes")
            .Of("ConfigMap").Single(item => item["data"] is not null);
        Assert.Equal("yes", (string?)map.At("metadata", "labels", "dashboards"));
        Assert.Null(map.At("metadata", "labels", "grafana_dashboard"));
    }

    // Without a cluster nothing that was made can be found again: each rendering would make others, and replicas of two renderings do not speak.
    [Theory]
    [InlineData("clustering.tls")]
    [InlineData("broker.tls")]
    public void Certificates_OfTheChartsOwn_WithoutACluster_AreRefused(string tls)
    {
        var (code, _, error) = Helm.Run(["template", "test", Repository.PathOf(Helm.Chart), .. Helm.Example("default"), "--set", $"{tls}.enabled=true"]);
        Assert.NotEqual(0, code);
        Assert.Contains($"set {tls}.existingSecret or {tls}.certManager.enabled=true", error, StringComparison.Ordinal);
    }

    private static IReadOnlyList<JsonNode> Alerts(params string[] arguments) =>
    [
        .. Helm.Template(["--set", "prometheusRule.create=true", .. arguments]).One("PrometheusRule").At("spec", "groups")!.AsArray()
            .SelectMany(group => group!["rules"]!.AsArray()).Where(rule => rule!["alert"] is not null).Select(rule => rule!),
    ];
}
