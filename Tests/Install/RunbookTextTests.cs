using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Install;

/// <summary>
/// Alerts without a link to the runbook carry its text, which the chart has to bring along. METACOLLECTOR_UPDATE=1 writes it anew from
/// <c>docs/runbook.md</c>.
/// </summary>
public sealed partial class RunbookTextTests
{
    private const string File = $"{Helm.Chart}/rules/runbook.yaml";

    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Fact]
    public void Runbook_OfTheChart_IsTheDocuments()
    {
        var expected = new StringBuilder("# What docs/runbook.md says of each alert, written by a test (Tests/Install/RunbookTextTests.cs).\n");
        foreach (var (alert, text) in Paragraphs()) expected.Append($"{alert}: {JsonSerializer.Serialize(text, Readable)}\n");
        if (Repository.Updates) System.IO.File.WriteAllText(Repository.PathOf(File), expected.ToString());
        else Assert.True(expected.ToString() == Repository.Read(File), $"{File} is older than docs/runbook.md: run this test with METACOLLECTOR_UPDATE=1");
    }

    /// <summary>Each alert's paragraphs as one line, in which commands are quoted and links are their names alone.</summary>
    private static IEnumerable<(string Alert, string Text)> Paragraphs()
    {
        foreach (var part in Repository.Read("docs/runbook.md").Split("\n## ").Skip(1))
        {
            var (heading, body) = (part[..part.IndexOf('\n', StringComparison.Ordinal)].Trim(), part[part.IndexOf('\n', StringComparison.Ordinal)..]);
            if (!heading.StartsWith("MetaCollector", StringComparison.Ordinal)) continue;
            var blocks = body.Trim().Split("\n\n").Select(block => block.StartsWith("```", StringComparison.Ordinal)
                ? string.Join(' ', block.Split('\n').Where(line => !line.StartsWith("```", StringComparison.Ordinal)).Select(command => $"`{command}`"))
                : block.Replace('\n', ' '));
            yield return (heading, Link().Replace(string.Join(' ', blocks), "$1"));
        }
    }

    [GeneratedRegex(@"\[([^\]]+)\]\([^)]+\)")]
    private static partial Regex Link();
}
