using System.Text;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Install;

/// <summary>
/// The notices name every package that the program is locked to, with what its own manifest says of licence and copyright.
/// METACOLLECTOR_UPDATE=1 writes them anew; the texts of the licences at the end stay.
/// </summary>
public sealed class ThirdPartyNoticesTests
{
    private const string File = "THIRD-PARTY-NOTICES.txt";
    private const string Texts = "==== The licences ====\n";

    [Fact]
    public void Notices_Packages_AreThoseOfTheLockFile()
    {
        var notices = Repository.Read(File);
        var texts = notices[notices.IndexOf(Texts, StringComparison.Ordinal)..];
        var expected = Render() + texts;
        if (Repository.Updates) System.IO.File.WriteAllText(Repository.PathOf(File), expected);
        else Assert.Equal(expected, notices);
    }

    [Fact]
    public void Notices_EveryLicence_HasItsText()
    {
        var notices = Repository.Read(File);
        foreach (var licence in Packages().Select(package => package.Licence).Distinct().Where(licence => licence != "Apache-2.0"))
            Assert.Contains($"\n---- {licence} ----\n", notices, StringComparison.Ordinal);
        Assert.Contains("Apache License", Repository.Read("LICENSE"), StringComparison.Ordinal);
    }

    private static string Render()
    {
        var text = new StringBuilder("Orleans MetaCollector is built with the packages below. Apache-2.0 is in the file LICENSE; the other licences are at the end.\n\n");
        foreach (var package in Packages()) text.Append($"{package.Name} {package.Version}\n  {package.Licence}, {package.Copyright}\n");
        return text.Append('\n').ToString();
    }

    private static IEnumerable<(string Name, string Version, string Licence, string Copyright)> Packages()
    {
        var locked = JsonNode.Parse(Repository.Read("Silo/packages.lock.json"))!["dependencies"]!.AsObject().SelectMany(framework => framework.Value!.AsObject());
        return locked.Where(package => (string)package.Value!["type"]! != "Project")
            .Select(package => Describe(package.Key, (string)package.Value!["resolved"]!)).Distinct().OrderBy(package => package.Name, StringComparer.Ordinal);
    }

    private static (string Name, string Version, string Licence, string Copyright) Describe(string name, string version)
    {
        var folder = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        var lower = name.ToLowerInvariant();
        var manifest = XDocument.Load(Path.Combine(folder, lower, version.ToLowerInvariant(), $"{lower}.nuspec"));
        string? Find(string element) => manifest.Descendants().FirstOrDefault(found => found.Name.LocalName == element)?.Value.Trim();
        return (name, version, Find("license") ?? throw new InvalidOperationException($"{name} names no licence"), Find("copyright") ?? $"by {Find("authors")}");
    }
}
