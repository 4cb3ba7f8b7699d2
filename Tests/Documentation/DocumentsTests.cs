using System.Text.RegularExpressions;
using MetaCollector.Silo.Settings;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Documentation;

/// <summary>All documents: what they point at exists, and they use one word for one thing.</summary>
public sealed partial class DocumentsTests
{
    /// <summary>Every document, from the root.</summary>
    public static TheoryData<string> Documents { get; } =
    [
        .. ((string[])["", "Clustering.Kubernetes", "Simulator", Helm.Chart]).SelectMany(folder => Directory.EnumerateFiles(Repository.PathOf(folder), "*.md"))
            .Concat(Directory.EnumerateFiles(Repository.PathOf("docs"), "*.md", SearchOption.AllDirectories))
            .Select(path => Path.GetRelativePath(Repository.Root, path)).Order(StringComparer.Ordinal),
    ];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Links_OfADocument_LeadToAFileAndAHeading(string document)
    {
        var folder = Path.GetDirectoryName(Repository.PathOf(document))!;
        foreach (Match link in Link().Matches(Repository.Read(document)))
        {
            var (path, heading) = (link.Groups["path"].Value, link.Groups["heading"].Value);
            var target = path.Length == 0 ? Repository.PathOf(document) : Path.GetFullPath(Path.Combine(folder, path));
            Assert.True(Path.Exists(target), $"{document}: {link.Value}");
            if (heading.Length > 0) Assert.True(Headings(target).Contains(heading), $"{document}: {link.Value}");
        }
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Release_InADocument_HasTheOneName(string document)
    {
        Assert.DoesNotContain("metacollector-k8s-metacollector", Repository.Read(document), StringComparison.Ordinal);
        Assert.DoesNotMatch(@"helm (install|upgrade|test|uninstall) metacollector\b", Repository.Read(document));
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Words_ForTheCollectorThatItReplaces_AreItsName(string document) =>
        Assert.DoesNotContain("predecessor", Repository.Read(document), StringComparison.OrdinalIgnoreCase);

    // What somebody reads who installs it, whether helm shows it or kubectl.
    [Fact]
    public void Words_InTheChartAndTheManifests_AreItsName() => Assert.All(
        ((string[])[Helm.Chart, "manifests", "grafana", "deploy"]).SelectMany(folder => Directory.EnumerateFiles(Repository.PathOf(folder), "*", SearchOption.AllDirectories)),
        file => Assert.DoesNotContain("predecessor", File.ReadAllText(file), StringComparison.OrdinalIgnoreCase));

    [Fact]
    public void Words_InTheHelp_AreItsName() => Assert.All(RunSettings.All,
        setting => Assert.DoesNotContain("predecessor", setting.Description + setting.Default, StringComparison.OrdinalIgnoreCase));

    // As GitHub makes anchors of headings: lower case, no punctuation, dashes for blanks.
    private static HashSet<string> Headings(string path) =>
    [
        .. File.ReadAllLines(path).Where(line => line.StartsWith('#'))
            .Select(line => Punctuation().Replace(line.TrimStart('#').Trim().ToLowerInvariant(), "").Replace(' ', '-')),
    ];

    [GeneratedRegex(@"\]\((?!https?:)(?<path>[^)#\s]*)(#(?<heading>[^)\s]+))?\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"[^\p{L}\p{N} _-]")]
    private static partial Regex Punctuation();
}
