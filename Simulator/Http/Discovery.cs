using MetaCollector.Simulator.Documents;
using MetaCollector.Simulator.Resources;

namespace MetaCollector.Simulator.Http;

/// <summary>What the server says of itself: its version, the groups that it serves, and their kinds. helm asks for all of them before it looks an object up.</summary>
internal static class Discovery
{
    private static readonly JsonList Verbs = new("create", "delete", "get", "list", "patch", "update", "watch");

    /// <summary>The document at a path; null where there is none.</summary>
    public static JsonMap? Document(string path, string gitVersion) => path.Split('/', StringSplitOptions.RemoveEmptyEntries) switch
    {
        ["version"] => Version(gitVersion),
        ["api"] => new JsonMap(("kind", "APIVersions"), ("versions", new JsonList("v1"))),
        ["apis"] => new JsonMap(("kind", "APIGroupList"), ("apiVersion", "v1"), ("groups", new JsonList(
            [.. ResourceTypes.Groups.Where(one => one.Group.Length > 0).Select(one => (Json)Group(one.Group, one.Version))]))),
        ["api", "v1"] => Kinds("v1"),
        ["apis", var group, var version] => Kinds($"{group}/{version}"),
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

    private static JsonMap? Kinds(string version)
    {
        Json[] kinds =
        [
            .. ResourceTypes.All.Where(type => type.ApiVersion == version).Select(type => new JsonMap(
                ("name", type.Plural), ("singularName", ""), ("namespaced", type.Namespaced), ("kind", type.Kind), ("verbs", Verbs))),
        ];
        return kinds.Length == 0 ? null : new JsonMap(
            ("kind", "APIResourceList"), ("apiVersion", "v1"), ("groupVersion", version), ("resources", new JsonList(kinds)));
    }
}
