using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace MetaCollector.ApiServer.Configuration;

/// <summary>Writes YAML as JSON, for credential plugins that have settings of their own in a kubeconfig.</summary>
internal static class YamlJson
{
    private const int Deepest = 64;

    public static string? Write(YamlNode node) => Convert(node, 0)?.ToJsonString();

    private static JsonNode? Convert(YamlNode node, int depth) => node switch
    {
        // An alias may lead back to where it stands.
        _ when depth > Deepest => null,
        YamlMappingNode map => new JsonObject(map.Children.Select(
            child => KeyValuePair.Create(child.Key is YamlScalarNode key ? key.Value ?? "" : "", Convert(child.Value, depth + 1)))),
        YamlSequenceNode list => new JsonArray([.. list.Children.Select(child => Convert(child, depth + 1))]),
        YamlScalarNode { Style: ScalarStyle.Plain } plain => Plain(plain.Value),
        YamlScalarNode quoted => quoted.Value,
        _ => null,
    };

    private static JsonNode? Plain(string? text) => text switch
    {
        null or "" or "~" or "null" => null,
        "true" => true,
        "false" => false,
        _ when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => number,
        _ when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) => number,
        _ => text,
    };
}
