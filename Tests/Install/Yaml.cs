using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace MetaCollector.Tests.Install;

/// <summary>YAML read as JSON, the way Kubernetes reads it.</summary>
internal static class Yaml
{
    /// <summary>All documents of a text that hold something.</summary>
    public static IReadOnlyList<JsonObject> Documents(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return [.. stream.Documents.Select(document => Node(document.RootNode)).OfType<JsonObject>()];
    }

    private static JsonNode? Node(YamlNode node) => node switch
    {
        YamlMappingNode map => new JsonObject(map.Children.Select(pair => KeyValuePair.Create(((YamlScalarNode)pair.Key).Value!, Node(pair.Value)))),
        YamlSequenceNode list => new JsonArray([.. list.Select(Node)]),
        YamlScalarNode scalar => Scalar(scalar),
        _ => throw new InvalidOperationException($"{node.NodeType} is not JSON"),
    };

    private static JsonNode? Scalar(YamlScalarNode scalar)
    {
        var text = scalar.Value ?? "";
        if (scalar.Style != ScalarStyle.Plain) return text;
        return text switch
        {
            "" or "null" or "~" => null,
            "true" => true,
            "false" => false,
            // YAML 1.1, which Kubernetes reads: a leading zero means octal, as in file modes.
            _ when text is ['0', _, ..] && text.All(c => c is >= '0' and <= '7') => Convert.ToInt32(text, 8),
            _ when long.TryParse(text, out var number) => number,
            _ => text,
        };
    }
}
