using System.IO.Compression;
using System.Xml.Linq;
using MetaCollector.Testing.Processes;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Clustering.Kubernetes;

/// <summary>What somebody gets who takes the library as a package.</summary>
public sealed class PackageTests
{
    [Fact]
    public async Task Pack_OfTheLibrary_HasAllThatAPackageNeeds()
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        await using var pack = ChildProcess.Start(
            "dotnet", ["pack", Repository.PathOf("Clustering.Kubernetes"), "--no-build", "--configuration", Repository.Configuration, "--output", folder]);
        await pack.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(pack.ExitCode == 0, pack.Tail);

        var file = Assert.Single(Directory.GetFiles(folder, "*.nupkg"));
        Assert.Single(Directory.GetFiles(folder, "*.snupkg"));
        using var package = ZipFile.OpenRead(file);
        const string Name = "MetaCollector.Clustering.Kubernetes";
        foreach (var content in (string[])[$"lib/net10.0/{Name}.dll", $"lib/net10.0/{Name}.xml", "README.md"]) Assert.NotNull(package.GetEntry(content));
        Assert.DoesNotContain(package.Entries, entry => entry.FullName.EndsWith(".cs", StringComparison.Ordinal));

        using var stream = package.GetEntry($"{Name}.nuspec")!.Open();
        var metadata = XDocument.Load(stream).Root!.Elements().Single();
        string Of(string name) => metadata.Elements().Single(element => element.Name.LocalName == name).Value;
        Assert.Equal(Name, Of("id"));
        Assert.Equal("README.md", Of("readme"));
        Assert.Equal("Apache-2.0", Of("license"));
        foreach (var told in (string[])["description", "tags", "projectUrl", "title"]) Assert.NotEmpty(Of(told));
        var needs = metadata.Descendants().Where(element => element.Name.LocalName == "dependency").Select(element => element.Attribute("id")!.Value).ToList();
        Assert.Contains("Microsoft.Orleans.Runtime", needs);
        Assert.Equal(["MetaCollector.ApiServer"], needs.Where(id => id.StartsWith("MetaCollector", StringComparison.Ordinal)));
        Directory.Delete(folder, recursive: true);
    }
}
