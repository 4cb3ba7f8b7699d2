using MetaCollector.Silo.Settings;

namespace MetaCollector.Silo.Inspecting;

/// <summary>Suggests a node for a misspelt name.</summary>
internal static class NodeNames
{
    /// <summary>"; did you mean X?": a node of the same host name, with its domain or without, else one with a similar name; or nothing.</summary>
    public static string Suggest(string word, IReadOnlySet<string> nodes)
    {
        var host = HostOf(word);
        var sameHost = nodes.Where(node => string.Equals(HostOf(node), host, StringComparison.OrdinalIgnoreCase)).Order(StringComparer.Ordinal).FirstOrDefault();
        return sameHost is null ? Spelling.Suggest(word, nodes) : $"; did you mean {sameHost}?";
    }

    private static string HostOf(string name) => name.Split('.', 2)[0];
}
