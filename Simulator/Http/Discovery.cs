using MetaCollector.Simulator.Documents;
using MetaCollector.Simulator.Resources;

namespace MetaCollector.Simulator.Http;

/// <summary>What the server says of itself: its version, and the groups that it serves.</summary>
internal static class Discovery
{
    /// <summary>The document at a path; null where there is none.</summary>
    public static JsonMap? Document(string path, string gitVersion) => path.TrimEnd('/') switch
    {
        "/version" => Version(gitVersion),
        "/apis" => new JsonMap(("kind", "APIGroupList"), ("apiVersion", "v1"), ("groups", new JsonList(
            [.. ResourceTypes.Groups.Where(one => one.Group.Length > 0).Select(one => (Json)Group(one.Group, one.Version))]))),
        _ => null,
    };

    private static JsonMap Version(string gitVersion)
    {
        var numbers = gitVersion.TrimStart('v').Split('.');
        return new JsonMap(("major", numbers[0]), ("minor", numbers.ElementAtOrDefault(1) ?? "0"), ("gitVersion", gitVersion), ("platform", "linux/amd64"));
    }

    private static JsonMap Group(string group, string name)
    {
        var version = new JsonMap(("groupVersion", $"{group}/{name}"), ("version", name));
        return new JsonMap(("name", group), ("versions", new JsonList(version)), ("preferredVersion", version));
    }
}
