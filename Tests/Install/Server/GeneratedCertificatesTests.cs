using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using MetaCollector.Simulator;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Install.Server;

/// <summary>Certificates that the chart makes by itself: good for what they are for, and kept from one upgrade to the next. Needs helm.</summary>
public sealed class GeneratedCertificatesTests : IAsyncLifetime
{
    private static readonly string[] Both = ["--set", "broker.tls.enabled=true,clustering.tls.enabled=true"];

    private readonly string _kubeconfig = Path.GetTempFileName();
    private ApiServerSimulator _simulator = null!;

    public async ValueTask InitializeAsync()
    {
        _simulator = await ApiServerSimulator.StartAsync(new SimulatorOptions { Https = true, Token = "admin" }, TestContext.Current.CancellationToken);
        _simulator.Objects.Create(MetaCollector.Simulator.Objects.Kube.Namespace("test"));
        await File.WriteAllTextAsync(_kubeconfig, _simulator.Kubeconfig, TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        File.Delete(_kubeconfig);
        await _simulator.DisposeAsync();
    }

    [Theory]
    [InlineData("broker-tls", "test-k8s-metacollector.test.svc")]
    [InlineData("silo-tls", "silo.test-k8s-metacollector.test")]
    public void Certificates_Made_AreGoodForServersAndClientsOfThatName(string secret, string name)
    {
        var made = Secrets(Render(Both));
        var data = made[$"test-k8s-metacollector-{secret}"];
        using var certificate = X509Certificate2.CreateFromPem(Text(data, "tls.crt"), Text(data, "tls.key"));
        using var authority = X509Certificate2.CreateFromPem(Text(data, "ca.crt"));
        using var chain = new X509Chain
        {
            ChainPolicy = { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, CustomTrustStore = { authority } },
        };
        chain.ChainPolicy.ApplicationPolicy.Add(new("1.3.6.1.5.5.7.3.1"));
        chain.ChainPolicy.ApplicationPolicy.Add(new("1.3.6.1.5.5.7.3.2"));
        Assert.True(chain.Build(certificate), string.Join(", ", chain.ChainStatus.Select(status => status.StatusInformation)));
        Assert.True(certificate.MatchesHostname(name));
        Assert.True(authority.NotAfter > certificate.NotAfter);
    }

    [Fact]
    public void Authorities_Made_AreOneForEachPurposeAndNotMounted()
    {
        var objects = Render(Both);
        var made = Secrets(objects);
        Assert.NotEqual((string?)made["test-k8s-metacollector-broker-tls"]["ca.crt"], (string?)made["test-k8s-metacollector-silo-tls"]["ca.crt"]);
        Assert.DoesNotContain(objects.One("Deployment").PodSpec()["volumes"]!.AsArray(), volume => ((string)volume!["secret"]!["secretName"]!).EndsWith("-ca", StringComparison.Ordinal));
        Assert.DoesNotContain("tls.key", made["test-k8s-metacollector-silo-tls"]["ca.crt"]!.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Upgrade_NothingChanged_KeepsEverything()
    {
        var before = await InstallAsync(Render(Both));
        var after = Secrets(Render(Both));
        Assert.Equal(before.Keys.Order(), after.Keys.Order());
        Assert.All(before, secret => Assert.True(JsonNode.DeepEquals(secret.Value, after[secret.Key]), secret.Key));
    }

    [Fact]
    public async Task Upgrade_NamesChanged_IssuesThatCertificateAnewByTheSameAuthority()
    {
        var before = await InstallAsync(Render(Both));
        var after = Secrets(Render([.. Both, "--set", "broker.tls.dnsNames={collector.example.org}"]));
        AssertReissued(before, after, "broker-tls");
        Assert.True(JsonNode.DeepEquals(before["test-k8s-metacollector-silo-tls"], after["test-k8s-metacollector-silo-tls"]));
        using var certificate = X509Certificate2.CreateFromPem(Text(after["test-k8s-metacollector-broker-tls"], "tls.crt"));
        Assert.True(certificate.MatchesHostname("collector.example.org"));
    }

    [Fact]
    public async Task Upgrade_SecretGone_IssuesThatCertificateAnewByTheSameAuthority()
    {
        var before = await InstallAsync(Render(Both).Where(item => (string?)item.At("metadata", "name") != "test-k8s-metacollector-silo-tls"));
        var after = Secrets(Render(Both));
        Assert.Equal((string?)before["test-k8s-metacollector-silo-tls-ca"]["tls.crt"], (string?)after["test-k8s-metacollector-silo-tls"]["ca.crt"]);
    }

    [Theory]
    [InlineData(199, true)]
    [InlineData(201, false)]
    public async Task Upgrade_InTheSecondHalfOfItsLife_IssuesItAnew(int daysAgo, bool isKept)
    {
        string[] arguments = [.. Both, "--set", "clustering.tls.selfSigned.days=400"];
        var objects = Render(arguments);
        foreach (var secret in objects.Of("Secret").Where(item => (string?)item.At("metadata", "name") == "test-k8s-metacollector-silo-tls"))
            secret["metadata"]!["annotations"]!["k8s-metacollector/issued"] = DateTimeOffset.UtcNow.AddDays(-daysAgo).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var before = await InstallAsync(objects);
        var after = Secrets(Render(arguments));
        if (isKept) Assert.True(JsonNode.DeepEquals(before["test-k8s-metacollector-silo-tls"], after["test-k8s-metacollector-silo-tls"]));
        else AssertReissued(before, after, "silo-tls");
    }

    private static void AssertReissued(Dictionary<string, JsonObject> before, Dictionary<string, JsonObject> after, string secret)
    {
        var name = $"test-k8s-metacollector-{secret}";
        Assert.Equal((string?)before[name]["ca.crt"], (string?)after[name]["ca.crt"]);
        Assert.NotEqual((string?)before[name]["tls.crt"], (string?)after[name]["tls.crt"]);
        Assert.NotEqual((string?)before[name]["tls.key"], (string?)after[name]["tls.key"]);
    }

    private IReadOnlyList<JsonObject> Render(params IEnumerable<string> arguments) =>
        Helm.Template(["--dry-run=server", "--disable-openapi-validation", "--kubeconfig", _kubeconfig, .. arguments]);

    private async Task<Dictionary<string, JsonObject>> InstallAsync(IEnumerable<JsonObject> objects)
    {
        var secrets = objects.Of("Secret").ToList();
        using var server = ApiServer.Of(_simulator);
        foreach (var secret in secrets)
        {
            // As helm marks what is its own.
            var metadata = secret["metadata"]!.AsObject();
            if (metadata["annotations"] is null) metadata["annotations"] = new JsonObject();
            (metadata["annotations"]!["meta.helm.sh/release-name"], metadata["annotations"]!["meta.helm.sh/release-namespace"]) = ("test", "test");
            await server.CreateAsync(secret);
        }

        return Secrets(secrets);
    }

    private static Dictionary<string, JsonObject> Secrets(IEnumerable<JsonObject> objects) =>
        objects.Of("Secret").ToDictionary(secret => (string)secret.At("metadata", "name")!, secret => secret["data"]!.AsObject());

    private static string Text(JsonObject data, string key) => Encoding.ASCII.GetString(Convert.FromBase64String((string)data[key]!));
}
