using System.Text.Json.Nodes;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Install;

/// <summary>The pod of <c>helm test</c> is let in wherever the replicas are. Needs helm.</summary>
public sealed class HelmTestTests
{
    private static readonly string[] Everywhere =
    [
        "--set", "image.pullSecrets[0].name=registry-login", "--set", "global.imagePullSecrets[0]=another",
        "--set", "nodeSelector.infra=yes", "--set", "tolerations[0].key=dedicated", "--set", "tolerations[0].operator=Exists",
        "--set", "priorityClassName=infra", "--set", "podSecurityContext.runAsUser=4711", "--set", "podLabels.mesh=ours", "--set", "commonLabels.team=security",
        "--set", "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].key=arch",
        "--set", "serviceAccount.create=false", "--set", "serviceAccount.name=their-own",
    ];

    [Fact]
    public void Pod_Made_RunsAsTheReplicasDo()
    {
        var objects = Helm.Template(Everywhere);
        var (replica, test) = (objects.One("Deployment").PodSpec(), objects.One("Pod")["spec"]!.AsObject());
        foreach (var field in (string[])["imagePullSecrets", "nodeSelector", "tolerations", "priorityClassName", "securityContext", "serviceAccountName"])
        {
            Assert.NotNull(replica[field]);
            Assert.True(JsonNode.DeepEquals(replica[field], test[field]), field);
        }

        Assert.True(JsonNode.DeepEquals(replica.At("containers", "0", "securityContext"), test.At("containers", "0", "securityContext")));
        Assert.True(JsonNode.DeepEquals(replica.At("affinity", "nodeAffinity"), test.At("affinity", "nodeAffinity")));
        Assert.False((bool)test["automountServiceAccountToken"]!);
        foreach (var kind in (string[])["requests", "limits"])
            Assert.Equal(["cpu", "memory"], test.At("containers", "0", "resources", kind)!.AsObject().Select(resource => resource.Key).Order());
        Assert.Equal("ours", (string?)objects.One("Pod").At("metadata", "labels", "mesh"));
        Assert.Equal("security", (string?)objects.One("Pod").At("metadata", "labels", "team"));
    }

    [Fact]
    public void Pod_Made_IsNoReplica()
    {
        var objects = Helm.Template(Everywhere);
        var labels = objects.One("Pod").At("metadata", "labels")!.AsObject();
        var selector = objects.One("Service").At("spec", "selector")!.AsObject();
        Assert.Contains(selector, label => (string?)labels[label.Key] != (string?)label.Value);
    }

    [Fact]
    public void NetworkPolicies_WhileTheTestRuns_LetItInAndOut()
    {
        var objects = Helm.Template(Helm.Example("everything"));
        var labels = objects.One("Pod").At("metadata", "labels")!.AsObject();
        var hooks = objects.Of("NetworkPolicy").Except(objects.Lasting()).ToList();
        Assert.All(hooks, policy => Assert.Equal("test", (string?)policy.At("metadata", "annotations", "helm.sh/hook")));

        var ingress = hooks.Single(policy => policy.At("spec", "ingress") is not null);
        Assert.True(JsonNode.DeepEquals(objects.One("Deployment").At("spec", "selector"), ingress.At("spec", "podSelector")));
        Assert.Equal([8080, 8081, 45000], ingress.At("spec", "ingress", "0", "ports")!.AsArray().Select(port => (long)port!["port"]!).Order());
        AssertSelects(ingress.At("spec", "ingress", "0", "from", "0", "podSelector"), labels);

        var egress = hooks.Single(policy => policy.At("spec", "egress") is not null);
        AssertSelects(egress.At("spec", "podSelector"), labels);
        Assert.Empty(egress.At("spec", "egress", "0")!.AsObject());
    }

    [Fact]
    public void Test_SwitchedOff_LeavesNothing() =>
        Assert.DoesNotContain(Helm.Template("--set", "tests.enabled=false"), item => item.At("metadata", "annotations", "helm.sh/hook") is not null);

    [Fact]
    public void ClientCertificate_AskedFor_IsGivenOrItsLackIsTold()
    {
        string[] tls = ["--set", "broker.tls.enabled=true,broker.tls.existingSecret=a,broker.tls.clientCA.existingSecret=b"];
        var without = Script(Helm.Template(tls));
        Assert.Contains("refused without a certificate", without, StringComparison.Ordinal);
        Assert.DoesNotContain("--cert ", without, StringComparison.Ordinal);

        var objects = Helm.Template([.. tls, "--set", "tests.clientCertificateSecret=falco"]);
        Assert.Contains("--cert /client/tls.crt --key /client/tls.key", Script(objects), StringComparison.Ordinal);
        Assert.Equal("falco", (string?)objects.One("Pod").At("spec", "volumes", "0", "secret", "secretName"));
    }

    private static string Script(IEnumerable<JsonObject> objects) => (string)objects.One("Pod").At("spec", "containers", "0", "args", "0")!;

    private static void AssertSelects(JsonNode? selector, JsonObject labels) =>
        Assert.All(selector!["matchLabels"]!.AsObject(), label => Assert.Equal((string?)label.Value, (string?)labels[label.Key]));
}
