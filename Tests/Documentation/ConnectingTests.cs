using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Documentation;

/// <summary><c>docs/connecting.md</c> says for each setting which test holds it.</summary>
public sealed class ConnectingTests
{
    private static readonly string Page = Repository.Read("docs/connecting.md");

    [Fact]
    public void EveryTestThatIsNamed_Exists() =>
        Assert.All(GuaranteesTests.Names(Page), name => Assert.True(GuaranteesTests.Exists(name), $"there is no test {name}"));

    [Fact]
    public void EverySetting_NamesATest()
    {
        var rows = Page.Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal) && !line.StartsWith("| ---", StringComparison.Ordinal))
            .Where(line => !line.EndsWith("| test |", StringComparison.Ordinal)).ToList();
        Assert.True(rows.Count > 20);
        Assert.All(rows, row => Assert.NotEmpty(GuaranteesTests.Names(row)));
    }
}
