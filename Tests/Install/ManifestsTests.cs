using System.Diagnostics;
using System.Text.Json.Nodes;
using MetaCollector.Testing.Api;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Install;

/// <summary>What <c>kubectl apply</c> gets, which is what the chart makes of its defaults.</summary>
public sealed class ManifestsTests
{
    private static readonly IReadOnlyList<JsonObject> Collector = Manifest.Parse(Repository.Read("manifests/meta-collector.yaml"));

    private static JsonObject Deployment => Collector.One("Deployment");

    [Fact]
    public void Deployment_Default_ThreeReplicasReplacedOneByOne()
    {
        Assert.Equal(3, (long)Deployment.At("spec", "replicas")!);
        Assert.Equal(0, (long)Deployment.At("spec", "strategy", "rollingUpdate", "maxUnavailable")!);
        Assert.Equal(1, (long)Deployment.At("spec", "strategy", "rollingUpdate", "maxSurge")!);
        Assert.Equal(1, (long)Collector.One("PodDisruptionBudget").At("spec", "maxUnavailable")!);
    }

    [Fact]
    public void Pod_Default_SatisfiesTheRestrictedStandard()
    {
        var pod = Deployment.PodSpec();
        var container = Deployment.Container();
        Assert.True((bool)pod.At("securityContext", "runAsNonRoot")!);
        Assert.Equal(1000, (long)pod.At("securityContext", "runAsUser")!);
        Assert.Equal("RuntimeDefault", (string?)pod.At("securityContext", "seccompProfile", "type"));
        Assert.False((bool)container.At("securityContext", "allowPrivilegeEscalation")!);
        Assert.True((bool)container.At("securityContext", "readOnlyRootFilesystem")!);
        Assert.Equal(["ALL"], container.At("securityContext", "capabilities", "drop").Strings());
        Assert.Equal("restricted", (string?)Collector.One("Namespace").At("metadata", "labels", "pod-security.kubernetes.io/enforce"));
    }

    [Theory]
    [InlineData("startupProbe", "/healthz")]
    [InlineData("livenessProbe", "/healthz")]
    [InlineData("readinessProbe", "/readyz")]
    public void Container_Probe_AsksTheProbePort(string probe, string path)
    {
        Assert.Equal(path, (string?)Deployment.Container().At(probe, "httpGet", "path"));
        Assert.Equal(8081, (long)Deployment.Container().At(probe, "httpGet", "port")!);
    }

    [Fact]
    public void StartupProbe_Patience_IsMinutes()
    {
        var probe = Deployment.Container()["startupProbe"];
        Assert.InRange((long)probe.At("periodSeconds")! * (long)probe.At("failureThreshold")!, 300, 600);
    }

    [Fact]
    public void ClusterRole_Rights_AreWhatTheInformerReads() => Assert.Equal(
    [
        "list /namespaces", "list /pods", "list /replicationcontrollers", "list /services",
        "list apps/daemonsets", "list apps/deployments", "list apps/replicasets", "list discovery.k8s.io/endpointslices",
        "watch /namespaces", "watch /pods", "watch /replicationcontrollers", "watch /services",
        "watch apps/daemonsets", "watch apps/deployments", "watch apps/replicasets", "watch discovery.k8s.io/endpointslices",
    ], Collector.Rights("ClusterRole").Order(StringComparer.Ordinal));

    [Fact]
    public void Role_Rights_NameTheConfigMapAndTheLease()
    {
        Assert.Equal(
        [
            "create /configmaps", "create coordination.k8s.io/leases",
            "get /configmaps/meta-collector", "get coordination.k8s.io/leases/meta-collector",
            "list /pods",
            "update /configmaps/meta-collector", "update coordination.k8s.io/leases/meta-collector",
            "watch /pods",
        ], Collector.Rights("Role").Order(StringComparer.Ordinal));
        Assert.Contains("--name=meta-collector", Deployment.Arguments());
    }

    // Content here would be put in place of what the replicas wrote, whenever the manifest is applied again.
    [Theory]
    [InlineData("ConfigMap")]
    [InlineData("Lease")]
    public void Membership_OfTheManifest_HasNoContent(string kind)
    {
        var item = Collector.One(kind);
        Assert.Equal("meta-collector", (string?)item.At("metadata", "name"));
        Assert.Equal("meta-collector", (string?)item.At("metadata", "labels", "app.kubernetes.io/instance"));
        Assert.Equal(["apiVersion", "kind", "metadata"], item.Select(field => field.Key));
    }

    [Fact]
    public void NetworkPolicy_SiloPort_IsForOurOwnPodsAlone()
    {
        var rule = Collector.One("NetworkPolicy").At("spec", "ingress")!.AsArray().Single(rule => (long)rule.At("ports", "0", "port")! == 11111);
        var from = Assert.Single(rule!["from"]!.AsArray());
        Assert.True(JsonNode.DeepEquals(Deployment.At("spec", "selector"), from!["podSelector"]));
    }

    [Fact]
    public void Objects_Namespaced_LiveInTheNamespaceOfTheFile()
    {
        string[] clusterWide = ["Namespace", "ClusterRole", "ClusterRoleBinding"];
        Assert.All(Collector.Where(item => !clusterWide.Contains((string?)item["kind"])),
            item => Assert.Equal("meta-collector", (string?)item.At("metadata", "namespace")));
    }

    [Fact]
    public void Monitor_Port_IsAPortOfTheService()
    {
        var monitor = Manifest.Parse(Repository.Read("manifests/monitor.yaml")).One("ServiceMonitor");
        var service = Collector.One("Service");
        var ports = service.At("spec", "ports")!.AsArray().Select(port => (string?)port!["name"]);
        Assert.Contains((string?)monitor.At("spec", "endpoints", "0", "port"), ports);
        Assert.True(JsonNode.DeepEquals(monitor.At("spec", "selector", "matchLabels"), service.At("spec", "selector")));
    }

    [Fact]
    public void Manifests_Generated_AreUpToDate()
    {
        var start = new ProcessStartInfo(Repository.PathOf("manifests/generate"), ["--check"]) { RedirectStandardError = true };
        using var check = Process.Start(start)!;
        var error = check.StandardError.ReadToEnd();
        check.WaitForExit();
        Assert.True(check.ExitCode == 0, error);
    }
}
