using System.Text.RegularExpressions;
using System.Xml.Linq;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Install;

/// <summary>What can be said of the image without building it.</summary>
public sealed partial class DockerfileTests
{
    private static readonly string[] Lines = Repository.Read("Dockerfile").Split('\n');

    [Fact]
    public void Copy_FromTheRepository_CopiesWhatExistsAndIsNotIgnored()
    {
        var allowed = Repository.Read(".dockerignore").Split('\n').Where(line => line.StartsWith('!')).Select(line => line[1..]).ToHashSet();
        Assert.All(Copied(), path =>
        {
            Assert.True(Path.Exists(Repository.PathOf(path)), path);
            Assert.Contains(path, allowed);
        });
    }

    [Fact]
    public void Copy_TheProgram_BringsEveryProjectThatItRefersTo()
    {
        var seen = new HashSet<string>();
        Follow("Silo");
        Assert.Subset(Copied().ToHashSet(), seen);

        void Follow(string project)
        {
            if (!seen.Add(project)) return;
            var file = XDocument.Parse(Repository.Read($"{project}/{project}.csproj"));
            foreach (var reference in file.Descendants("ProjectReference")) Follow(reference.Attribute("Include")!.Value.Split('/')[1]);
        }
    }

    [Fact]
    public void Program_BothNames_LinkToTheAssembly()
    {
        var name = XDocument.Parse(Repository.Read("Silo/Silo.csproj")).Descendants("AssemblyName").Single().Value;
        var links = Links();
        Assert.Equal($"app/{name}", links["metacollector"]);
        Assert.Equal($"app/{name}", links["meta-collector"]);
    }

    [Fact]
    public void Image_Default_RunsAsNobodySpecial()
    {
        Assert.Contains("USER 1000:1000", Lines);
        Assert.Contains("    HOME=/", Lines);
        Assert.Contains("STOPSIGNAL SIGTERM", Lines);
        Assert.Contains("ENTRYPOINT [\"/metacollector\"]", Lines);
        Assert.Contains("CMD [\"run\"]", Lines);
        Assert.Equal("FROM $RUNTIME", Lines.Last(line => line.StartsWith("FROM ", StringComparison.Ordinal)));
        Assert.EndsWith("-chiseled", Lines.Single(line => line.StartsWith("ARG RUNTIME=", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public void Image_Version_IsTheProjects()
    {
        var version = XDocument.Parse(Repository.Read("Directory.Build.props")).Descendants("VersionPrefix").Single().Value;
        Assert.Contains($"ARG VERSION={version}", Lines);
    }

    /// <summary>The links in the image's root, by name.</summary>
    internal static IReadOnlyDictionary<string, string> Links() =>
        Lines.SelectMany(line => Link().Matches(line)).ToDictionary(link => link.Groups["name"].Value, link => link.Groups["target"].Value);

    private static IEnumerable<string> Copied() => Lines
        .Where(line => line.StartsWith("COPY ", StringComparison.Ordinal) && !line.Contains("--from", StringComparison.Ordinal))
        .SelectMany(line => line.Split(' ')[1..^1]);

    [GeneratedRegex("ln -s (?<target>[^ ]+) /image/(?<name>[^ ]+)")]
    private static partial Regex Link();
}
