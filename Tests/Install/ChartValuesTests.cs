using System.Text.Json.Nodes;
using MetaCollector.Silo.Settings;
using MetaCollector.Testing.Api;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Install;

/// <summary>The chart's values, its README, its schema and the versions agree.</summary>
public sealed class ChartValuesTests
{
    private const string Chart = "charts/k8s-metacollector";
    private const string Begin = "METACOLLECTOR_UPDATE=1 writes it -->\n";
    private const string End = "<!-- values end -->";

    private static JsonObject Values => Manifest.Parse(Repository.Read($"{Chart}/values.yaml")).Single();

    private static JsonObject Schema => JsonNode.Parse(Repository.Read($"{Chart}/values.schema.json"))!.AsObject();

    [Fact]
    public void Readme_Table_SaysWhatValuesSay()
    {
        var rows = ChartValue.Parse(Repository.Read($"{Chart}/values.yaml")).Select(Row);
        var expected = "\n| value | default | meaning |\n| --- | --- | --- |\n" + string.Concat(rows) + "\n";
        var readme = Repository.Read($"{Chart}/README.md");
        int begin = readme.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, end = readme.IndexOf(End, StringComparison.Ordinal);
        if (Repository.Updates) File.WriteAllText(Repository.PathOf($"{Chart}/README.md"), readme[..begin] + expected + readme[end..]);
        else Assert.Equal(expected, readme[begin..end]);
    }

    [Fact]
    public void Values_EveryOne_IsDocumented()
    {
        var documented = ChartValue.Parse(Repository.Read($"{Chart}/values.yaml")).Select(value => value.Path).ToHashSet();
        Assert.All(Leaves(Values, ""), path => Assert.Contains(Prefixes(path), documented.Contains));
    }

    [Fact]
    public void Schema_EveryValue_HasAPlaceInIt() => Assert.DoesNotContain(Leaves(Values, ""), path => Find(path) is null);

    [Fact]
    public void Schema_EveryPlace_HasADefault()
    {
        // Both are set by a chart above ours, `enabled` as the condition by which it takes ours in.
        string[] optional = ["global", "enabled"];
        var missing = Schema["properties"]!.AsObject().Select(property => property.Key).Except(Values.Select(value => value.Key)).Except(optional);
        Assert.Empty(missing);
    }

    [Fact]
    public void Schema_ItsObjects_RefuseWhatTheyDoNotKnow() => Assert.Empty(Open(Schema, "$"));

    [Fact]
    public void DrainTime_Default_IsTheProgramsOwn() =>
        Assert.Equal(RunSettings.DrainTime.Default, (string?)Values.At("broker", "drainTime"));

    [Fact]
    public void Chart_AppVersion_IsTheProgramsVersion()
    {
        var props = System.Xml.Linq.XDocument.Parse(Repository.Read("Directory.Build.props"));
        var chart = Manifest.Parse(Repository.Read($"{Chart}/Chart.yaml")).Single();
        Assert.Equal(props.Descendants("VersionPrefix").Single().Value, (string?)chart["appVersion"]);
    }

    private static string Row(ChartValue value)
    {
        var shown = value.Default switch { "" => "see values.yaml", "\"\"" => "`\"\"`", var text => $"`{text}`" };
        return $"| `{value.Path}` | {shown} | {value.Description.Replace("|", "\\|", StringComparison.Ordinal)} |\n";
    }

    private static IEnumerable<string> Leaves(JsonNode? node, string path) => node is JsonObject { Count: > 0 } map
        ? map.SelectMany(pair => Leaves(pair.Value, path.Length == 0 ? pair.Key : $"{path}.{pair.Key}"))
        : [path];

    private static IEnumerable<string> Prefixes(string path)
    {
        for (var end = path.Length; end > 0; end = path.LastIndexOf('.', end - 1)) yield return path[..end];
    }

    /// <summary>The schema of a value, null where there is none; an open object has a place for everything.</summary>
    private static JsonNode? Find(string path)
    {
        JsonNode? at = Schema;
        foreach (var name in path.Split('.'))
        {
            at = Resolve(at!);
            if (at["properties"] is null && at["additionalProperties"] is null) return at;
            at = at["properties"]?[name] ?? (at["additionalProperties"] as JsonObject);
            if (at is null) return null;
        }

        return at;
    }

    private static JsonNode Resolve(JsonNode node) =>
        (string?)(node as JsonObject)?["$ref"] is { } reference ? Schema["definitions"]![reference["#/definitions/".Length..]]! : node;

    /// <summary>Objects that name properties and let others pass.</summary>
    private static IEnumerable<string> Open(JsonNode? node, string path) => node switch
    {
        JsonObject map => (map["properties"] is JsonObject && map["additionalProperties"] is null ? [path] : Enumerable.Empty<string>())
            .Concat(map.SelectMany(pair => Open(pair.Value, $"{path}.{pair.Key}"))),
        JsonArray list => list.SelectMany((item, index) => Open(item, $"{path}[{index}]")),
        _ => [],
    };
}
