using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using MetaCollector.Simulator.Documents;
using MetaCollector.Simulator.Objects;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace MetaCollector.Simulator.Manifests;

/// <summary>Reads objects from YAML and JSON files, several documents or a List in one included.</summary>
public static partial class ManifestFolder
{
    /// <summary>Reads a file, or all <c>.yaml</c>, <c>.yml</c> and <c>.json</c> files of a folder in the order of their names.</summary>
    /// <exception cref="FormatException">A file is not what it should be; the message names it and says why.</exception>
    /// <exception cref="IOException">There is no such file or folder.</exception>
    public static IReadOnlyList<KubernetesObject> Read(string path)
    {
        if (File.Exists(path))
        {
            return ReadFile(path);
        }

        return Directory.Exists(path)
            ? [.. Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories)
                .Where(file => Path.GetExtension(file) is ".yaml" or ".yml" or ".json").Order(StringComparer.Ordinal).SelectMany(ReadFile)]
            : throw new DirectoryNotFoundException($"there is no file or folder {path}");
    }

    private static List<KubernetesObject> ReadFile(string file)
    {
        try
        {
            using var text = File.OpenText(file);
            var yaml = new YamlStream();
            yaml.Load(text);
            var objects = new List<KubernetesObject>();
            foreach (var document in yaml.Documents)
            {
                if (ToJson(document.RootNode) is JsonMap { Count: > 0 } map)
                {
                    objects.AddRange(map["kind"]?.Text == "List" ? map["items"]!.Items.Select(item => new KubernetesObject((JsonMap)item)) : [new KubernetesObject(map)]);
                }
            }

            return objects;
        }
        catch (Exception fault) when (fault is YamlException or ArgumentException or JsonException or InvalidCastException)
        {
            throw new FormatException($"{file}: {fault.Message}", fault);
        }
    }

    private static Json ToJson(YamlNode node) => node switch
    {
        YamlMappingNode mapping => new JsonMap(
            [.. mapping.Children.Select(child => (((YamlScalarNode)child.Key).Value ?? "", ToJson(child.Value)))]),
        YamlSequenceNode sequence => new JsonList([.. sequence.Children.Select(ToJson)]),
        YamlScalarNode { Style: not ScalarStyle.Plain } quoted => quoted.Value ?? "",
        YamlScalarNode plain => Plain(plain.Value ?? ""),
        _ => throw new FormatException($"unexpected YAML {node.NodeType}"),
    };

    private static Json Plain(string text) => text switch
    {
        "" or "~" or "null" or "Null" or "NULL" => JsonNothing.Instance,
        "true" or "True" or "TRUE" => true,
        "false" or "False" or "FALSE" => false,
        _ when Integer().IsMatch(text) => new JsonNumber(text.TrimStart('+')),
        _ when Fraction().IsMatch(text) => new JsonNumber(double.Parse(text, CultureInfo.InvariantCulture).ToString("R", CultureInfo.InvariantCulture)),
        _ => text,
    };

    [GeneratedRegex(@"^[-+]?(0|[1-9][0-9]*)\z")]
    private static partial Regex Integer();

    [GeneratedRegex(@"^[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)([eE][-+]?[0-9]+)?\z")]
    private static partial Regex Fraction();
}
