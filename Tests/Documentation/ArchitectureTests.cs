using System.Text.RegularExpressions;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Documentation;

/// <summary>docs/architecture.md leads a newcomer through the code: whatever it names there exists.</summary>
public sealed partial class ArchitectureTests
{
    [Fact]
    public void Members_NamedInTheArchitecture_Exist()
    {
        var members = Member().Matches(Repository.Read("docs/architecture.md"));
        Assert.InRange(members.Count, 40, 200);
        Assert.All(members, member =>
        {
            var (file, name) = ($"{member.Groups["type"].Value}.cs", member.Groups["member"].Value);
            Assert.True(File.Exists(Repository.PathOf(file)), $"there is no {file}");
            Assert.Matches($@"\b{name}\b", Repository.Read(file));
        });
    }

    // A folder of the product, a type, and one of its members.
    [GeneratedRegex(@"`(?<type>[A-Z][\w.]*(?:/\w+)*/\w+)\.(?<member>[A-Z]\w+)`")]
    private static partial Regex Member();
}
