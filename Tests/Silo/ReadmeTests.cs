using System.Text;
using System.Text.RegularExpressions;
using MetaCollector.Silo.Settings;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Silo;

/// <summary>The README says what the program does.</summary>
public sealed partial class ReadmeTests
{
    private const string Begin = "ReadmeTests -->\n";
    private const string End = "<!-- end of flags -->";

    [Fact]
    public void Flags_Table_IsThatOfTheCode()
    {
        var readme = Repository.Read("README.md");
        int begin = readme.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, end = readme.IndexOf(End, StringComparison.Ordinal);
        var expected = Table();
        if (Repository.Updates) File.WriteAllText(Repository.PathOf("README.md"), readme[..begin] + expected + readme[end..]);
        else Assert.Equal(expected, readme[begin..end]);
    }

    [Fact]
    public void Links_ToFiles_LeadSomewhere()
    {
        var missing = Link().Matches(Repository.Read("README.md")).Select(link => link.Groups["path"].Value)
            .Where(path => !path.StartsWith("http", StringComparison.Ordinal) && !Path.Exists(Repository.PathOf(path)));
        Assert.Empty(missing);
    }

    private static string Table()
    {
        var table = new StringBuilder("| flag | default | |\n| --- | --- | --- |\n");
        foreach (var group in RunSettings.Groups)
        {
            table.Append($"| **{group.Title}** | | |\n");
            foreach (var setting in group.Settings)
            {
                var value = setting.Value.Length == 0 ? "" : $" {setting.Value.Replace("|", "\\|", StringComparison.Ordinal)}";
                table.Append($"| `--{setting.Flag}{value}` | {setting.Default} | {setting.Description} |\n");
            }
        }

        return table.ToString();
    }

    [GeneratedRegex(@"\]\((?<path>[^)#]+)[^)]*\)")]
    private static partial Regex Link();
}
