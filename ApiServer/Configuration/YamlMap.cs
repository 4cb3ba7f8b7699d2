using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace MetaCollector.ApiServer.Configuration;

/// <summary>A mapping in a YAML file. A value of another type than the caller asks for is an error that names its line and column. Immutable.</summary>
internal sealed class YamlMap
{
    private readonly YamlMappingNode _node;
    private readonly string _source;

    private YamlMap(YamlNode node, string source) => (_node, _source) = (node as YamlMappingNode ?? throw Wrong(node, source), source);

    /// <summary>Reads the first document of a file.</summary>
    /// <param name="text">Its text.</param>
    /// <param name="source">What to call it in messages.</param>
    /// <exception cref="ConnectionException">The text is no YAML, or no mapping.</exception>
    public static YamlMap Parse(string text, string source)
    {
        var stream = new YamlStream();
        try
        {
            stream.Load(new StringReader(text));
        }
        catch (Exception exception) when (exception is SyntaxErrorException or SemanticErrorException)
        {
            throw new ConnectionException($"{source}: {PlaceOf(((YamlException)exception).Start)}: no valid YAML: {exception.GetBaseException().Message}", exception);
        }
        catch (YamlException exception)
        {
            throw new ConnectionException($"{source}: {PlaceOf(exception.Start)}: not what a kubeconfig holds there", exception);
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or NullReferenceException)
        {
            throw new ConnectionException($"{source}: no valid YAML", exception);
        }

        return stream.Documents.Count == 0
            ? throw new ConnectionException($"{source}: no kubeconfig")
            : new YamlMap(stream.Documents[0].RootNode, source);
    }

    /// <summary>A text; null where there is none.</summary>
    public string? Text(string key) => Find(key) is { } node ? TextOf(node) : null;

    public bool Flag(string key) => Text(key)?.ToLowerInvariant() switch
    {
        null or "" or "false" or "no" or "off" => false,
        "true" or "yes" or "on" => true,
        _ => throw Wrong(Find(key)!, _source),
    };

    /// <summary>A mapping; null where there is none.</summary>
    public YamlMap? Map(string key) => Find(key) is { } node ? new YamlMap(node, _source) : null;

    /// <summary>A list of mappings; empty where there is none.</summary>
    public IReadOnlyList<YamlMap> Maps(string key) => [.. Items(key).Where(node => !IsNull(node)).Select(node => new YamlMap(node, _source))];

    /// <summary>A list of texts; empty where there is none.</summary>
    public IReadOnlyList<string> Texts(string key) => [.. Items(key).Select(TextOf)];

    /// <summary>A mapping from names to lists of texts; empty where there is none.</summary>
    public IReadOnlyList<(string Name, IReadOnlyList<string> Values)> Lists(string key) => Map(key) is { } map
        ? [.. map._node.Children.Keys.Select(TextOf).Select(name => (name, map.Texts(name)))]
        : [];

    /// <summary>A value of any type, as JSON; null where there is none.</summary>
    public string? Json(string key) => Find(key) is { } node ? YamlJson.Write(node) : null;

    private static bool IsNull(YamlNode node) => node is YamlScalarNode { Style: ScalarStyle.Plain, Value: null or "" or "~" or "null" or "Null" or "NULL" };

    private static ConnectionException Wrong(YamlNode node, string source) => new($"{source}: {PlaceOf(node.Start)}: not what a kubeconfig holds there");

    private static string PlaceOf(Mark mark) => $"line {mark.Line}, column {mark.Column}";

    private string TextOf(YamlNode node) => node is YamlScalarNode { Value: { } text } ? text : throw Wrong(node, _source);

    private YamlNode? Find(string key) =>
        _node.Children.TryGetValue(new YamlScalarNode(key), out var node) && !IsNull(node) ? node : null;

    private IEnumerable<YamlNode> Items(string key) => Find(key) switch
    {
        null => [],
        YamlSequenceNode list => list.Children,
        var other => throw Wrong(other, _source),
    };
}
