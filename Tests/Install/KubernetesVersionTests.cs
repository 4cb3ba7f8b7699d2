using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MetaCollector.Testing.Api;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Install;

/// <summary>
/// Nothing is rendered that the lowest Kubernetes version of the chart does not know. The fields below are those of the kinds that a
/// chart like this one makes which are younger than 1.23, with the version that first has them, as the API's changelogs say.
/// </summary>
public sealed partial class KubernetesVersionTests
{
    private static readonly (string Field, int Since)[] Young =
    [
        ("minDomains", 24), ("matchLabelKeys", 25), ("mismatchLabelKeys", 29), ("nodeAffinityPolicy", 25), ("nodeTaintsPolicy", 25), ("hostUsers", 25),
        ("unhealthyPodEvictionPolicy", 26), ("schedulingGates", 26), ("resourceClaims", 26), ("resizePolicy", 27), ("trafficDistribution", 30),
        ("appArmorProfile", 30), ("supplementalGroupsPolicy", 31), ("stopSignal", 33), ("sleep", 29), ("clusterTrustBundle", 29), ("podReplacementPolicy", 28),
        ("backoffLimitPerIndex", 28), ("successPolicy", 30), ("recursiveReadOnly", 30), ("restartPolicyRules", 34), ("hostnameOverride", 34),
    ];

    private static readonly (string ApiVersion, int Since)[] Groups =
    [
        ("autoscaling/v2", 23), ("policy/v1", 21), ("discovery.k8s.io/v1", 21), ("flowcontrol.apiserver.k8s.io/v1", 29), ("resource.k8s.io/v1", 34),
    ];

    private static int Lowest => int.Parse(
        KubeVersion().Match((string)Manifest.Parse(Repository.Read($"{Helm.Chart}/Chart.yaml")).Single()["kubeVersion"]!).Groups[1].Value,
        System.Globalization.CultureInfo.InvariantCulture);

    [Theory]
    [MemberData(nameof(RenderedChartTests.Examples), MemberType = typeof(RenderedChartTests))]
    public void Example_RenderedForTheLowestVersion_HasNoYoungerField(string example) =>
        AssertKnown(Helm.Template([.. Helm.Example(example), "--kube-version", $"1.{Lowest}.0"]), Lowest);

    [Theory]
    [InlineData("manifests/meta-collector.yaml")]
    [InlineData("manifests/monitor.yaml")]
    public void Manifest_ForTheLowestVersion_HasNoYoungerField(string file) => AssertKnown(Manifest.Parse(Repository.Read(file)), Lowest);

    // Or the tests above could not fail.
    [Fact]
    public void LowestVersion_OneLower_WouldBeNoticed() =>
        Assert.ThrowsAny<Exception>(() => AssertKnown(Manifest.Parse(Repository.Read("manifests/meta-collector.yaml")), Lowest - 1));

    [Fact]
    public void Version_BelowTheLowest_IsRefused()
    {
        var (code, _, error) = Helm.Run(["template", "test", Repository.PathOf(Helm.Chart), .. Helm.Example("default"), "--kube-version", $"1.{Lowest - 1}.9"]);
        Assert.NotEqual(0, code);
        Assert.Contains($">=1.{Lowest}.0-0", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1.26.0-eks-1234")]
    [InlineData("v1.31.5-gke.1023000")]
    [InlineData("1.36.2+k3s1")]
    public void Version_OfAProvider_IsTaken(string version) => Assert.NotEmpty(Helm.Template("--kube-version", version));

    private static void AssertKnown(IEnumerable<JsonObject> objects, int version)
    {
        foreach (var item in objects)
        {
            Assert.DoesNotContain(Fields(item), field => Young.Any(young => young.Field == field && young.Since > version));
            Assert.DoesNotContain(Groups, group => group.ApiVersion == (string?)item["apiVersion"] && group.Since > version);
        }
    }

    private static IEnumerable<string> Fields(JsonNode? node) => node switch
    {
        JsonObject map => map.SelectMany(pair => Fields(pair.Value).Prepend(pair.Key)),
        JsonArray list => list.SelectMany(Fields),
        _ => [],
    };

    [GeneratedRegex(@"^>=1\.(\d+)\.0-0$")]
    private static partial Regex KubeVersion();
}
