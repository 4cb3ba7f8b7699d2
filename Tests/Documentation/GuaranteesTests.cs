using System.Reflection;
using System.Text.RegularExpressions;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Documentation;

/// <summary>
/// <c>docs/guarantees.md</c> names the tests that hold each promise: as <c>Folder/ClassTests</c> or <c>Folder/ClassTests.Method</c>,
/// in backquotes.
/// </summary>
public sealed partial class GuaranteesTests
{
    private static readonly string Page = Repository.Read("docs/guarantees.md");

    [Fact]
    public void EveryTestThatIsNamed_Exists()
    {
        var named = Names(Page);
        Assert.NotEmpty(named);
        Assert.All(named, name => Assert.True(Exists(name), $"there is no test {name}"));
    }

    [Fact]
    public void EveryPromise_NamesATest()
    {
        var promises = Page.Split("\n### ").Skip(1).Select(section => section.Split("\n## ")[0]).ToList();
        Assert.NotEmpty(promises);
        Assert.Empty(promises.Where(promise => Names(promise).Count == 0).Select(promise => promise.Split('\n')[0]));
    }

    internal static List<string> Names(string text) => [.. TestName().Matches(text).Select(match => match.Groups[1].Value).Distinct()];

    internal static bool Exists(string name)
    {
        var parts = name.Split("Tests.", 2); // A method follows the class; folders may have dots of their own.
        var path = parts.Length == 2 ? parts[0] + "Tests" : name;
        var type = typeof(GuaranteesTests).Assembly.GetTypes().FirstOrDefault(type => Letters(type.FullName!) == Letters("MetaCollector.Tests." + path));
        return type is not null && (parts.Length == 1 || type.GetMethod(parts[1])?.GetCustomAttribute<FactAttribute>() is not null);
    }

    // Namespaces of the tests have dots where folders are nested, or none.
    private static string Letters(string path) => path.Replace("/", "", StringComparison.Ordinal).Replace(".", "", StringComparison.Ordinal);

    [GeneratedRegex("`([A-Za-z./]+Tests(?:\\.[A-Za-z0-9_]+)?)`")]
    private static partial Regex TestName();
}
