using System.Text.Json.Nodes;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Install;

/// <summary>Values as they come from terraform, helmfile, YAML 1.1 and charts above this one. Needs helm.</summary>
public sealed class WildValuesTests
{
    [Fact]
    public void Numbers_AsStrings_AreNumbersInTheObjects()
    {
        var objects = Render("""
            replicaCount: "3"
            terminationGracePeriodSeconds: "60"
            minReadySeconds: "5"
            revisionHistoryLimit: "2"
            service: {ports: {broker-grpc: {port: "45001", targetPort: "45000", nodePort: "30001"}}}
            podSecurityContext: {runAsUser: "2000", fsGroup: "2000"}
            containerSecurityContext: {runAsUser: "2000"}
            healthChecks: {livenessProbe: {httpGet: {port: "8081"}, timeoutSeconds: "7"}, startupProbe: {failureThreshold: "90"}}
            updateStrategy: {rollingUpdate: {maxSurge: "2", maxUnavailable: 25%}}
            podDisruptionBudget: {maxUnavailable: "2"}
            clustering: {siloPort: "12345"}
            tolerations: [{key: a, operator: Exists, effect: NoExecute, tolerationSeconds: "30"}]
            topologySpreadConstraints: [{topologyKey: zone, maxSkew: "2", whenUnsatisfiable: ScheduleAnyway}]
            """);
        Assert.Empty(Unfit(objects));

        var deployment = objects.One("Deployment");
        Assert.Equal(3, (long)deployment.At("spec", "replicas")!);
        Assert.Equal(2, (long)deployment.At("spec", "strategy", "rollingUpdate", "maxSurge")!);
        Assert.Equal("25%", (string?)deployment.At("spec", "strategy", "rollingUpdate", "maxUnavailable"));
        Assert.Equal(7, (long)deployment.Container().At("livenessProbe", "timeoutSeconds")!);
        Assert.Equal(8081, (long)deployment.Container().At("livenessProbe", "httpGet", "port")!);
        Assert.Equal(30, (long)deployment.PodSpec().At("tolerations", "0", "tolerationSeconds")!);
        Assert.Equal(2, (long)objects.One("PodDisruptionBudget").At("spec", "maxUnavailable")!);
        var port = objects.One("Service").At("spec", "ports")!.AsArray().Single(port => (string?)port!["name"] == "broker-grpc");
        Assert.Equal(45000, (long)port!["targetPort"]!);
        Assert.Equal(30001, (long)port["nodePort"]!);
    }

    [Fact]
    public void Numbers_Large_AreWrittenOut() =>
        // As OpenShift gives them; helm alone would write 1.00065e+09, which is no integer to an API server.
        Assert.Equal(1000650000, (long)Render("podSecurityContext: {runAsUser: 1000650000}").One("Deployment").PodSpec().At("securityContext", "runAsUser")!);

    [Fact]
    public void Keys_ForAnchors_AreLeftAlone()
    {
        var objects = Render("""
            x-labels: &labels {team: security, cost-centre: "1234"}
            podLabels: *labels
            commonLabels: {<<: *labels, owner: us}
            """);
        Assert.Equal("1234", (string?)objects.One("Deployment").At("spec", "template", "metadata", "labels", "cost-centre"));
        Assert.Equal("us", (string?)objects.One("Service").At("metadata", "labels", "owner"));
    }

    // What YAML 1.1 makes of the words off and no.
    [Fact]
    public void Words_ThatYamlReadsAsFalse_MeanWhatTheySay()
    {
        var deployment = Render("broker: {authorizeNodes: off}\npodAntiAffinity: no").One("Deployment");
        Assert.Contains("--authorize-nodes=off", deployment.Arguments());
        Assert.Null(deployment.PodSpec()["affinity"]);
    }

    [Theory]
    [InlineData("replicaCount: null")]
    [InlineData("replicaCount: ''")]
    [InlineData("autoscaling: {enabled: true}")]
    public void ReplicaCount_LeftToAnAutoscaler_IsNotInTheDeployment(string values)
    {
        var objects = Render(values);
        Assert.Null(objects.One("Deployment").At("spec", "replicas"));
        Assert.Contains("--clustering=kubernetes", objects.One("Deployment").Arguments());
        Assert.Single(objects.Of("PodDisruptionBudget"));
    }

    [Fact]
    public void Autoscaler_ByCpuAndStreams_ScalesTheDeployment()
    {
        var objects = Render("autoscaling: {enabled: true, minReplicas: '4', targetStreamsPerReplica: '500'}");
        var autoscaler = objects.One("HorizontalPodAutoscaler");
        Assert.Equal((string?)objects.One("Deployment").At("metadata", "name"), (string?)autoscaler.At("spec", "scaleTargetRef", "name"));
        Assert.Equal(4, (long)autoscaler.At("spec", "minReplicas")!);
        Assert.Equal(80, (long)autoscaler.At("spec", "metrics", "0", "resource", "target", "averageUtilization")!);
        Assert.Equal("500", (string?)autoscaler.At("spec", "metrics", "1", "pods", "target", "averageValue"));
        Assert.Contains((string)autoscaler.At("spec", "metrics", "1", "pods", "metric", "name")!, Repository.Read("docs/metrics.md"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("global: {imageRegistry: mirror.example.org}", "mirror.example.org/security/metacollector:0.1.0", "mirror.example.org/curlimages/curl:8.17.0")]
    [InlineData("global: {imageRegistry: mirror.example.org}\nimage: {registry: registry.example.org}\ntests: {image: {repository: 'localhost:5000/mirror/curl'}}",
        "mirror.example.org/security/metacollector:0.1.0", "mirror.example.org/mirror/curl:8.17.0")]
    [InlineData("image: {registry: registry.example.org}", "registry.example.org/security/metacollector:0.1.0", "docker.io/curlimages/curl:8.17.0")]
    public void Registry_OfAChartAbove_IsThatOfEveryImage(string values, string image, string testImage)
    {
        var objects = Render(values);
        Assert.Equal(image, (string?)objects.One("Deployment").Container()["image"]);
        Assert.Equal(testImage, (string?)objects.One("Pod").At("spec", "containers", "0", "image"));
    }

    private static IReadOnlyList<JsonObject> Render(string values)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, values);
            return Helm.Template("--values", file, "--set", "image.repository=security/metacollector");
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static IEnumerable<string> Unfit(IEnumerable<JsonObject> objects) => objects.Select(SchemaTests.Fault).OfType<string>();
}
