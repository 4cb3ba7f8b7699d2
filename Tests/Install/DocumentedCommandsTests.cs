using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MetaCollector.Testing.Api;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Install;

/// <summary>The helm commands of the documents, as a reader would type them, on this chart.</summary>
public sealed partial class DocumentedCommandsTests
{
    private static readonly JsonObject Values = Manifest.Parse(Repository.Read($"{Helm.Chart}/values.yaml"))[0];

    /// <summary>Every <c>helm install</c> and <c>helm upgrade</c> of this chart, with the document that has it.</summary>
    public static TheoryData<string, string> Commands { get; } =
    [
        .. from path in Directory.EnumerateFiles(Repository.PathOf("docs"), "*.md").Order(StringComparer.Ordinal)
           from Match block in Block().Matches(File.ReadAllText(path))
           from line in Continuation().Replace(block.Groups["commands"].Value, " ").Split('\n')
           where line.StartsWith("helm install", StringComparison.Ordinal) || line.StartsWith("helm upgrade", StringComparison.Ordinal)
           where line.Contains(" charts/k8s-metacollector ", StringComparison.Ordinal) || line.Contains("/charts/k8s-metacollector ", StringComparison.Ordinal)
           select ValueTuple.Create(Path.GetFileName(path), line),
    ];

    [Theory]
    [MemberData(nameof(Commands))]
    public void Values_OfADocumentedCommand_AreTheCharts(string document, string command)
    {
        Assert.All(Sets(command), set =>
        {
            JsonNode? node = Values;
            // Of a list only that it is there: a[0].b is as far as a.
            foreach (var part in set.Key.Split('[')[0].Split('.'))
            {
                Assert.True(node is JsonObject item && item.ContainsKey(part), $"{document}: the chart has no value {set.Key}");
                node = node[part];
            }
        });
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void Chart_WithADocumentedCommand_Renders(string document, string command)
    {
        var sets = Sets(command).SelectMany(set => (string[])["--set", $"{set.Key}={Placeholder().Replace(set.Value, "example")}"]);
        Assert.NotEmpty(Manifest.Parse(Helm.Render(sets)).Of("Deployment"));
        Assert.NotEmpty(document);
    }

    private static IEnumerable<(string Key, string Value)> Sets(string command) => Set().Matches(command).Select(set => (set.Groups["key"].Value, set.Groups["value"].Value));

    [GeneratedRegex(@"--set '?(?<key>[\w.\[\]]+)=(?<value>[^\s']*)'?")]
    private static partial Regex Set();

    [GeneratedRegex("<[^>]+>")]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"```bash\n(?<commands>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@" \\\n +")]
    private static partial Regex Continuation();
}
