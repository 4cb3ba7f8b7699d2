using MetaCollector.Testing.Api;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Install;

/// <summary>What the release workflow does before and after it talks to a registry: <c>deploy/release</c>.</summary>
public sealed class ReleaseTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("metacollector-release-").FullName;

    /// <summary>A copy of what the script reads, as a version that may be released.</summary>
    public ReleaseTests()
    {
        foreach (var path in (string[])["deploy/release", "Directory.Build.props", "CHANGELOG.md", "manifests/meta-collector.yaml", "manifests/monitor.yaml"])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(In(path))!);
            File.Copy(Repository.PathOf(path), In(path));
        }

        foreach (var path in Directory.EnumerateFiles(Repository.PathOf(Helm.Chart), "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(Repository.Root, path)))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(In(path))!);
            File.Copy(Repository.PathOf(path), In(path));
        }

        Replace("CHANGELOG.md", "## 0.1.0 (unreleased)", "## 0.1.0 (2026-12-01)");
    }

    [Fact]
    public void Check_EverythingNamesTheVersion_PrintsIt() => Assert.Equal((0, "0.1.0\n", ""), Release("check", "v0.1.0"));

    [Theory]
    [InlineData("0.1.0", "release: tag 0.1.0 does not begin with v\n")]
    [InlineData("v0.2.0", "release: tag v0.2.0, but Directory.Build.props says 0.1.0\n")]
    public void Check_AnotherTag_IsRefused(string tag, string expected) => Assert.Equal((1, "", expected), Release("check", tag));

    [Theory]
    [InlineData("charts/k8s-metacollector/Chart.yaml", "appVersion: \"0.1.0\"", "appVersion: \"0.0.9\"", "release: tag v0.1.0, but appVersion in charts/k8s-metacollector/Chart.yaml is 0.0.9\n")]
    [InlineData("CHANGELOG.md", "## 0.1.0 (2026-12-01)", "## 0.1.0 (unreleased)", "release: CHANGELOG.md calls 0.1.0 unreleased: write its date\n")]
    [InlineData("CHANGELOG.md", "## 0.1.0 (2026-12-01)", "## 0.0.9 (2026-12-01)", "release: CHANGELOG.md says nothing of 0.1.0\n")]
    public void Check_SomethingNamesAnotherVersion_IsRefused(string file, string from, string to, string expected)
    {
        Replace(file, from, to);
        Assert.Equal((1, "", expected), Release("check", "v0.1.0"));
    }

    [Fact]
    public void Notes_OfAVersion_AreItsSectionAlone()
    {
        Replace("CHANGELOG.md", "## 0.1.0 (2026-12-01)", "## 0.1.1 (2026-12-24)\n\n- Later.\n\n## 0.1.0 (2026-12-01)");
        Assert.Equal((0, "- Later.\n", ""), Release("notes", "0.1.1"));
        var (code, notes, _) = Release("notes", "0.1.0");
        Assert.Equal(0, code);
        Assert.StartsWith("The first release:", notes, StringComparison.Ordinal);
        Assert.DoesNotContain("Later.", notes, StringComparison.Ordinal);
        Assert.Equal((1, "", "release: CHANGELOG.md says nothing of 0.1\n"), Release("notes", "0.1"));
    }

    [Fact]
    public void Chart_ValueIsGoneFromTheSources_IsRefused()
    {
        Replace("charts/k8s-metacollector/values.yaml", "  repository: \"\"", "  repository: example");
        var (code, _, error) = Release("chart", "ghcr.io", "somebody/repository", "https://example/runbook.md", In("out"));
        Assert.Equal(1, code);
        Assert.EndsWith("/values.yaml has no empty image.repository\n", error, StringComparison.Ordinal);
    }

    // What a user of the release installs: no value is given, and none has to be.
    [Theory]
    [InlineData("", "ghcr.io/somebody/repository:0.1.0")]
    [InlineData("image.digest=sha256:0000000000000000000000000000000000000000000000000000000000000000",
        "ghcr.io/somebody/repository:0.1.0@sha256:0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("global.imageRegistry=mirror.example.org", "mirror.example.org/somebody/repository:0.1.0")]
    public void Chart_OfARelease_InstallsItsImageAndLinksToItsRunbook(string value, string image)
    {
        var (code, _, error) = Release("chart", "ghcr.io", "somebody/repository", "https://example.org/runbook.md", In("out"));
        Assert.True(code == 0, error);
        string[] set = ["--set", "prometheusRule.create=true", .. value.Length > 0 ? ["--set", value] : Array.Empty<string>()];
        var lint = Helm.Run(["lint", "--strict", In("out/k8s-metacollector"), .. set]);
        Assert.True(lint.Code == 0, lint.Output);
        var (rendered, output, refusal) = Helm.Run(["template", "k8s-metacollector", In("out/k8s-metacollector"), "--namespace", "metacollector", .. set]);
        Assert.True(rendered == 0, refusal);

        var objects = Manifest.Parse(output);
        Assert.Equal(image, (string?)objects.One("Deployment").Container()["image"]);
        var alerts = objects.One("PrometheusRule").At("spec", "groups", "0", "rules")!.AsArray();
        Assert.All(alerts, alert =>
        {
            Assert.Equal($"https://example.org/runbook.md#{((string)alert!["alert"]!).ToLowerInvariant()}", (string?)alert.At("annotations", "runbook_url"));
            Assert.Null(alert.At("annotations", "runbook"));
        });
    }

    [Fact]
    public void Chart_OfARelease_IsPackedWhole()
    {
        var (code, _, error) = Release("chart", "ghcr.io", "somebody/repository", "https://example.org/runbook.md", In("out"));
        Assert.True(code == 0, error);
        var (packed, _, refusal) = Helm.Run("package", In("out/k8s-metacollector"), "--destination", In("out"));
        Assert.True(packed == 0, refusal);
        var (rendered, output, failure) = Helm.Run("template", "k8s-metacollector", In($"out/k8s-metacollector-{Version()}.tgz"), "--set", "prometheusRule.create=true,grafana.dashboards.enabled=true");
        Assert.True(rendered == 0, failure);
        Assert.Contains("image: \"ghcr.io/somebody/repository:0.1.0\"", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Manifests_OfARelease_NameItsImage()
    {
        var (code, _, error) = Release("manifests", "ghcr.io/somebody/repository:0.1.0@sha256:00", In("out"));
        Assert.True(code == 0, error);
        var before = Manifest.Parse(Repository.Read("manifests/meta-collector.yaml"));
        var after = Manifest.Parse(File.ReadAllText(In("out/meta-collector.yaml")));
        Assert.Equal("ghcr.io/somebody/repository:0.1.0@sha256:00", (string?)after.One("Deployment").Container()["image"]);
        Assert.Equal(before.Count, after.Count);
        Assert.Equal(Repository.Read("manifests/monitor.yaml"), File.ReadAllText(In("out/monitor.yaml")));
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static string Version() => (string)Manifest.Parse(Repository.Read($"{Helm.Chart}/Chart.yaml")).Single()["version"]!;

    private string In(string path) => Path.Combine(_root, path);

    private void Replace(string path, string from, string to)
    {
        var text = File.ReadAllText(In(path));
        Assert.Contains(from, text, StringComparison.Ordinal);
        File.WriteAllText(In(path), text.Replace(from, to, StringComparison.Ordinal));
    }

    private (int Code, string Output, string Error) Release(params IEnumerable<string> arguments) => Shell.Run(In("deploy/release"), arguments);
}
