using MetaCollector.Testing.Api;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Install;

/// <summary>The chart as a dependency of another, as of Falco's. Needs helm.</summary>
public sealed class DependencyTests : IDisposable
{
    private readonly string _above = Directory.CreateTempSubdirectory("metacollector-above-").FullName;

    public DependencyTests()
    {
        foreach (var file in Directory.EnumerateFiles(Repository.PathOf(Helm.Chart), "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(_above, "charts", "k8s-metacollector", Path.GetRelativePath(Repository.PathOf(Helm.Chart), file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        var version = (string)Manifest.Parse(Repository.Read($"{Helm.Chart}/Chart.yaml")).Single()["version"]!;
        File.WriteAllText(Path.Combine(_above, "Chart.yaml"), $$"""
            apiVersion: v2
            name: above
            version: 1.0.0
            dependencies: [{name: k8s-metacollector, version: {{version}}, condition: k8s-metacollector.enabled}]
            """);
    }

    public void Dispose() => Directory.Delete(_above, recursive: true);

    [Fact]
    public void Chart_BelowAnother_TakesItsValues()
    {
        File.WriteAllText(Path.Combine(_above, "values.yaml"), """
            global: {imageRegistry: mirror.example.org}
            k8s-metacollector: {enabled: true, image: {repository: a/b}, replicaCount: null, podSecurityContext: {runAsUser: null}}
            """);
        var (code, output, error) = Helm.Run(["template", "test", _above]);
        Assert.True(code == 0, error);
        var deployment = Manifest.Parse(output).One("Deployment");
        Assert.Equal("mirror.example.org/a/b:0.1.0", (string?)deployment.Container()["image"]);
        Assert.Null(deployment.At("spec", "replicas"));
        Assert.Null(deployment.PodSpec().At("securityContext", "runAsUser"));
        Assert.True((bool)deployment.PodSpec().At("securityContext", "runAsNonRoot")!);
    }

    [Fact]
    public void Chart_ByItsCondition_IsLeftOut()
    {
        File.WriteAllText(Path.Combine(_above, "values.yaml"), "k8s-metacollector: {enabled: false}");
        var (code, output, error) = Helm.Run(["template", "test", _above]);
        Assert.True(code == 0, error);
        Assert.Empty(Manifest.Parse(output));
    }
}
