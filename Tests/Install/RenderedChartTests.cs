using System.Text.Json.Nodes;
using MetaCollector.Simulator;
using MetaCollector.Testing.Api;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Install;

/// <summary>What the chart makes of values. Needs helm.</summary>
public sealed class RenderedChartTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("metacollector-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string> Examples =>
    [
        .. Directory.EnumerateFiles(Repository.PathOf($"{Helm.Chart}/ci"), "*-values.yaml").Order()
            .Select(file => Path.GetFileName(file)[..^"-values.yaml".Length]),
    ];

    [Theory]
    [MemberData(nameof(Examples))]
    public void Lint_Example_IsClean(string example)
    {
        var (code, output, error) = Helm.Run(["lint", "--strict", Repository.PathOf(Helm.Chart), .. Helm.Example(example)]);
        Assert.True(code == 0, output + error);
    }

    [Theory]
    [MemberData(nameof(Examples))]
    public void Selectors_Example_ReachThePods(string example)
    {
        var objects = Helm.Template(Helm.Example(example));
        var labels = objects.One("Deployment").At("spec", "template", "metadata", "labels")!.AsObject();
        string[][] selectors = [["spec", "selector"], ["spec", "selector", "matchLabels"], ["spec", "podSelector", "matchLabels"]];
        (string Kind, string[] Path)[] selecting =
        [
            ("Deployment", selectors[1]), ("Service", selectors[0]), ("PodDisruptionBudget", selectors[1]), ("NetworkPolicy", selectors[2]),
        ];
        foreach (var (kind, path) in selecting)
        {
            Assert.All(objects.Lasting().Of(kind), item => Assert.All(item.At(path)!.AsObject(), label => Assert.Equal((string?)label.Value, (string?)labels[label.Key])));
        }
    }

    [Fact]
    public void PublishedValues_EveryOption_ArrivesWhereItDid()
    {
        var objects = Helm.Template(Helm.Example("published"));
        var deployment = objects.One("Deployment");
        Assert.Equal("falco-collector", (string?)deployment.At("metadata", "name"));
        Assert.Equal("security", (string?)deployment.At("metadata", "namespace"));
        Assert.Equal("collector", (string?)deployment.At("spec", "selector", "matchLabels", "app.kubernetes.io/name"));
        Assert.Equal("security", (string?)deployment.At("spec", "template", "metadata", "labels", "example.com/team"));
        Assert.Equal("false", (string?)deployment.At("spec", "template", "metadata", "annotations", "example.com/scrape"));
        Assert.Equal("registry.example.com/security/metacollector:1.2.3", (string?)deployment.Container()["image"]);
        Assert.Equal("Always", (string?)deployment.Container()["imagePullPolicy"]);
        Assert.Equal("registry-credentials", (string?)deployment.PodSpec().At("imagePullSecrets", "0", "name"));
        Assert.Equal("collector-account", (string?)deployment.PodSpec()["serviceAccountName"]);
        Assert.Equal(2000, (long)deployment.PodSpec().At("securityContext", "fsGroup")!);
        Assert.Equal(["NET_RAW"], deployment.Container().At("securityContext", "capabilities", "drop").Strings());
        Assert.Equal("linux", (string?)deployment.PodSpec().At("nodeSelector", "kubernetes.io/os"));
        Assert.Equal("dedicated", (string?)deployment.PodSpec().At("tolerations", "0", "key"));
        Assert.Single(deployment.PodSpec().At("affinity", "podAntiAffinity")!.AsObject());
        Assert.Equal(60, (long)deployment.Container().At("livenessProbe", "initialDelaySeconds")!);
        Assert.Equal(31, (long)deployment.Container().At("readinessProbe", "initialDelaySeconds")!);
        Assert.Equal("512Mi", (string?)deployment.Container().At("resources", "limits", "memory"));
        Assert.Equal("security", (string?)objects.One("ServiceAccount").At("metadata", "annotations", "example.com/owner"));
        Assert.Equal("security", (string?)objects.One("ClusterRoleBinding").At("subjects", "0", "namespace"));

        var monitor = objects.One("ServiceMonitor");
        Assert.Equal("kube-prometheus-stack", (string?)monitor.At("metadata", "labels", "release"));
        Assert.Equal("/custom", (string?)monitor.At("spec", "endpoints", "0", "path"));
        Assert.True((bool)monitor.At("spec", "endpoints", "0", "tlsConfig", "insecureSkipVerify")!);
        Assert.Equal("node", (string?)monitor.At("spec", "endpoints", "0", "relabelings", "0", "targetLabel"));

        var dashboard = objects.Of("ConfigMap").Single();
        Assert.Equal("monitoring", (string?)dashboard.At("metadata", "namespace"));
        Assert.Equal("Falco", (string?)dashboard.At("metadata", "annotations", "example_folder"));
    }

    [Fact]
    public void Monitoring_On_CarriesTheChartsDashboardsAndAlerts()
    {
        var objects = Helm.Template("--set", "grafana.dashboards.enabled=true,prometheusRule.create=true");
        foreach (var (name, text) in objects.Of("ConfigMap").Single(item => item["data"] is not null)["data"]!.AsObject())
        {
            var file = JsonNode.Parse(Repository.Read($"{Helm.Chart}/dashboards/{name}"));
            Assert.True(JsonNode.DeepEquals(file, JsonNode.Parse((string)text!)), name);
        }

        var alerts = Manifest.Parse(Repository.Read($"{Helm.Chart}/rules/alerts.yaml")).Single();
        var rule = objects.One("PrometheusRule")["spec"]!;
        foreach (var group in rule["groups"]!.AsArray())
        {
            foreach (var alert in group!["rules"]!.AsArray()) alert!["annotations"]!.AsObject().Remove("runbook");
        }

        Assert.True(JsonNode.DeepEquals(alerts, rule));
    }

    [Fact]
    public void ServicePorts_Renumbered_StillReachTheProgram()
    {
        var objects = Helm.Template(Helm.Example("published"));
        var container = objects.One("Deployment").Container()["ports"]!.AsArray().ToDictionary(port => (string)port!["name"]!, port => (long)port!["containerPort"]!);
        var program = new Dictionary<string, long> { ["metrics"] = 8080, ["health-probe"] = 8081, ["broker-grpc"] = 45000 };
        Assert.Equal("NodePort", (string?)objects.One("Service").At("spec", "type"));
        Assert.All(objects.One("Service").At("spec", "ports")!.AsArray(), port =>
        {
            var target = port!["targetPort"]!;
            var reached = target.GetValueKind() == System.Text.Json.JsonValueKind.Number ? (long)target : container[(string)target!];
            Assert.Equal(program[(string)port["name"]!], reached);
        });
    }

    [Fact]
    public void OneReplica_TheirOwnAccount_NeedsNoRightAndNoNeighbour()
    {
        var objects = Helm.Template(Helm.Example("one-replica"));
        Assert.DoesNotContain(objects, item => (string?)item["kind"] is "Role" or "RoleBinding" or "ClusterRole" or "ClusterRoleBinding" or "ServiceAccount" or "PodDisruptionBudget");
        Assert.Contains("--clustering=localhost", objects.One("Deployment").Arguments());
        Assert.Null(objects.One("Deployment").PodSpec()["affinity"]);
    }

    [Fact]
    public void ThreeReplicas_TheirOwnAccount_IsGivenTheRoleOfTheCluster()
    {
        var objects = Helm.Template("--set", "serviceAccount.create=false,serviceAccount.name=their-own");
        Assert.Equal("their-own", (string?)objects.One("RoleBinding").At("subjects", "0", "name"));
        Assert.Empty(objects.Of("ClusterRole"));
    }

    [Fact]
    public void ExtraKinds_Chosen_AreWatchedAndAllowed()
    {
        var objects = Helm.Template(Helm.Example("everything"));
        Assert.Contains("--extra-kinds=statefulsets,jobs,cronjobs", objects.One("Deployment").Arguments());
        Assert.Superset(
            new HashSet<string> { "list apps/statefulsets", "watch apps/statefulsets", "list batch/jobs", "watch batch/jobs", "list batch/cronjobs", "watch batch/cronjobs" },
            objects.Rights("ClusterRole").ToHashSet());
    }

    [Fact]
    public void ExtraKinds_StatefulSetsAlone_AsksNothingOfBatch() =>
        Assert.DoesNotContain(Helm.Template("--set", "extraKinds={statefulsets}").Rights("ClusterRole"), right => right.Contains("batch", StringComparison.Ordinal));

    [Fact]
    public void Tls_FromSecrets_IsMountedWhereTheFlagsSay()
    {
        var deployment = Helm.Template(Helm.Example("everything")).One("Deployment");
        var mounts = deployment.Container()["volumeMounts"]!.AsArray().ToDictionary(mount => (string)mount!["mountPath"]!, mount => (string)mount!["name"]!);
        var secrets = deployment.PodSpec()["volumes"]!.AsArray().Where(volume => volume!["secret"] is not null)
            .ToDictionary(volume => (string)volume!["name"]!, volume => (string)volume!["secret"]!["secretName"]!);
        foreach (var (flag, secret) in new[] { ("--broker-server-cert=", "broker-certificate"), ("--silo-ca=", "test-k8s-metacollector-silo-tls") })
        {
            var file = deployment.Arguments().Single(argument => argument.StartsWith(flag, StringComparison.Ordinal))[flag.Length..];
            Assert.Equal(secret, secrets[mounts[Path.GetDirectoryName(file)!]]);
        }
    }

    [Fact]
    public void Tls_FromCertManager_MakesTheSecretsThatAreMounted()
    {
        var objects = Helm.Template(Helm.Example("cert-manager"));
        var made = objects.Of("Certificate").Select(certificate => (string)certificate.At("spec", "secretName")!).ToHashSet();
        var mounted = objects.One("Deployment").PodSpec()["volumes"]!.AsArray().Select(volume => (string)volume!["secret"]!["secretName"]!);
        Assert.Subset(made, mounted.ToHashSet());

        var issuers = objects.Of("Issuer").Select(issuer => (string)issuer.At("metadata", "name")!).Append("company-ca").ToHashSet();
        Assert.All(objects.Of("Certificate"), certificate => Assert.Contains((string)certificate.At("spec", "issuerRef", "name")!, issuers));
        var silo = objects.Of("Certificate").Single(certificate => (string?)certificate.At("metadata", "name") == "test-k8s-metacollector-silo-tls");
        Assert.Superset(new HashSet<string> { "server auth", "client auth" }, silo.At("spec", "usages").Strings().ToHashSet());
    }

    [Fact]
    public void NetworkPolicy_WithSelectors_LetsInOnlyThem()
    {
        var rules = Helm.Template(Helm.Example("everything")).Lasting().One("NetworkPolicy").At("spec", "ingress")!.AsArray();
        Assert.All(rules.Where(rule => (long)rule.At("ports", "0", "port")! != 9999), rule => Assert.Single(rule!["from"]!.AsArray()));
        Assert.Contains(rules, rule => (long)rule.At("ports", "0", "port")! == 12345);
    }

    [Theory]
    [InlineData("default", "")]
    [InlineData("everything", "127.0.0.1:9082")]
    public void OrleansDashboard_UnlessAskedFor_ListensNowhere(string example, string address) =>
        Assert.Contains($"--dashboard-bind-address={address}", Helm.Template(Helm.Example(example)).One("Deployment").Arguments());

    [Theory]
    [InlineData("replicacount=2", "replicacount")]
    [InlineData("broker.tls.enable=true", "enable")]
    [InlineData("replicaCount=three", "replicaCount")]
    [InlineData("extraKinds={pods}", "statefulsets")]
    [InlineData("clustering.siloPort=70000", "siloPort")]
    [InlineData("broker.tls.enabled=true", "broker.tls.existingSecret")]
    [InlineData("clustering.mode=localhost", "replicaCount")]
    [InlineData("image.repository=", "docker build -t REGISTRY/REPOSITORY:TAG")]
    [InlineData("replicaCount=null,clustering.mode=localhost", "clustering.mode=localhost")]
    [InlineData("autoscaling.enabled=true,autoscaling.targetCPUUtilizationPercentage=null", "autoscaling.targetStreamsPerReplica")]
    [InlineData("prometheusRule.create=true,prometheusRule.disabledAlerts={MetaCollectorGone}", "there is no alert MetaCollectorGone")]
    [InlineData("prometheusRule.runbookUrl=docs/runbook.md", "runbookUrl")]
    [InlineData("broker.authorizeNodes=true", "authorizeNodes")]
    [InlineData("y-labels.team=x", "y-labels")]
    [InlineData("image.repository=falcosecurity/k8s-metacollector", "image.repository is k8s-metacollector's own")]
    [InlineData("image.repository=https://ghcr.io/somebody/repository", "is no name of an image: image.registry is HOST[:PORT] without https://")]
    [InlineData("image.tag=0.1.0 ", "is no name of an image")]
    [InlineData("fullnameOverride=My_Name", "fullnameOverride")]
    [InlineData("log.level=verbose", "/log/level")]
    [InlineData("clustering.siloPort=8080", "clustering.siloPort: 8080 is a port of the program for something else")]
    [InlineData("service.ports.broker-grpc.targetPort=grpc", "/service/ports/broker-grpc/targetPort")]
    [InlineData("broker.drainTime=1m", "set terminationGracePeriodSeconds to at least 70")]
    [InlineData("serviceMonitor.create=true,serviceMonitor.interval=5s", "serviceMonitor.scrapeTimeout is 10s, and serviceMonitor.interval 5s")]
    [InlineData("podMonitor.create=true,podMonitor.interval=15sec", "/podMonitor/interval")]
    // 256m is a quarter of a byte, 100Mi are a hundred million cores.
    [InlineData("resources.requests.memory=256m", "/resources/requests/memory")]
    [InlineData("resources.limits.memory=512", "/resources/limits/memory")]
    [InlineData("resources.requests.cpu=100Mi", "/resources/requests/cpu")]
    // Whoever asks for certificates believes that there is TLS.
    [InlineData("broker.tls.clientCA.existingSecret=subscribers", "broker.tls.clientCA.existingSecret is set, and broker.tls.enabled is not")]
    [InlineData("broker.tls.existingSecret=broker", "set broker.tls.enabled=true")]
    [InlineData("clustering.tls.certManager.enabled=true", "set clustering.tls.enabled=true")]
    public void Values_Wrong_AreRefusedByName(string value, string said)
    {
        var (code, _, error) = Helm.Run(["template", "test", Repository.PathOf(Helm.Chart), .. Helm.Example("default"), "--set", value]);
        Assert.NotEqual(0, code);
        // Up to 3.17 helm says log.level, since then /log/level.
        if (said.StartsWith('/') && !error.Contains(said, StringComparison.Ordinal)) said = $"- {said[1..].Replace('/', '.')}: ";
        Assert.Contains(said, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("resources.limits.memory=1.5Gi,resources.requests.memory=134217728,resources.requests.cpu=0.5,resources.limits.cpu=2")]
    [InlineData("resources.limits.memory=129e6,resources.requests.cpu=100m")]
    [InlineData(@"log.level=info\,Informer=debug")]
    [InlineData("broker.drainTime=4m50s,terminationGracePeriodSeconds=300")]
    [InlineData("serviceMonitor.create=true,serviceMonitor.interval=1m,serviceMonitor.scrapeTimeout=55s")]
    public void Values_Unusual_AreTaken(string value) => Assert.NotEmpty(Helm.Template("--set", value));

    // A pause, not another way to run: those that come after it find one another.
    [Fact]
    public void ReplicaCount_None_LeavesTheReplicasTheirTable()
    {
        var objects = Helm.Template("--set", "replicaCount=0");
        Assert.Equal(0, (long)objects.One("Deployment").At("spec", "replicas")!);
        Assert.Contains("--clustering=kubernetes", objects.One("Deployment").Arguments());
        Assert.Single(objects.Of("Lease"));
    }

    [Theory]
    [InlineData("ghcr.io/", "ghcr.io/metacollector:0.1.0")]
    [InlineData("localhost:5000", "localhost:5000/metacollector:0.1.0")]
    [InlineData("mirror.example.org/proxy/ghcr", "mirror.example.org/proxy/ghcr/metacollector:0.1.0")]
    public void Image_OfARegistry_IsItsName(string registry, string image) =>
        Assert.Equal(image, (string?)Helm.Template("--set", $"image.registry={registry},image.repository=metacollector").One("Deployment").Container()["image"]);

    [Fact]
    public async Task Notes_EveryExample_NameTheNextStep()
    {
        // Up to version 3 helm asks a server of which version it is, though it installs nothing.
        await using var simulator = await ApiServerSimulator.StartAsync(new SimulatorOptions { Https = true, Token = "admin" }, TestContext.Current.CancellationToken);
        var kubeconfig = Path.Combine(_folder, "kubeconfig");
        await simulator.WriteKubeconfigAsync(kubeconfig, TestContext.Current.CancellationToken);
        foreach (var example in (string[])["default", "one-replica", "everything", "published", "mesh"])
        {
            var (code, output, error) = Helm.Run(["install", "test", Repository.PathOf(Helm.Chart), "--dry-run=client", "--disable-openapi-validation", "--kubeconfig", kubeconfig, "--namespace", "test", .. Helm.Example(example)]);
            Assert.True(code == 0, error);
            var notes = output[output.IndexOf("NOTES:", StringComparison.Ordinal)..];
            Assert.Contains("rollout status deployment/", notes, StringComparison.Ordinal);
            Assert.Contains("collectorHostname: ", notes, StringComparison.Ordinal);
        }
    }
}
