using MetaCollector.Simulator.Documents;
using MetaCollector.Simulator.Resources;

namespace MetaCollector.Simulator.Http;

/// <summary>What the server says of itself: groups, versions, resources and, of the OpenAPI documents, as much as kubectl wants.</summary>
internal static class Discovery
{
    private static readonly string[] ObjectVerbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

    /// <summary>The document at a path; null where there is none.</summary>
    public static JsonMap? Document(string path, string gitVersion)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return parts switch
        {
            ["version"] => Version(gitVersion),
            ["api"] => new JsonMap(("kind", "APIVersions"), ("versions", new JsonList("v1")), ("serverAddressByClientCIDRs", JsonList.Empty)),
            ["apis"] => Groups(),
            ["apis", var group] => ResourceTypes.Groups.Any(one => one.Group == group && group.Length > 0) ? Group(group) : null,
            ["api", "v1"] => Resources("", "v1"),
            ["apis", var group, var version] => Resources(group, version),
            ["openapi", "v3"] => OpenApiRoot(),
            ["openapi", "v3", "api", "v1"] => OpenApi("", "v1"),
            ["openapi", "v3", "apis", var group, var version] => OpenApi(group, version),
            _ => null,
        };
    }

    private static JsonMap Version(string gitVersion)
    {
        var numbers = gitVersion.TrimStart('v').Split('.');
        return new JsonMap(
            ("major", numbers[0]), ("minor", numbers.ElementAtOrDefault(1) ?? "0"), ("gitVersion", gitVersion), ("gitCommit", ""),
            ("gitTreeState", "clean"), ("buildDate", "1970-01-01T00:00:00Z"), ("goVersion", ""), ("compiler", "simulator"), ("platform", "linux/amd64"));
    }

    private static JsonMap Groups() => new(
        ("kind", "APIGroupList"), ("apiVersion", "v1"),
        ("groups", new JsonList([.. ResourceTypes.Groups.Where(one => one.Group.Length > 0).Select(one => (Json)Group(one.Group).Without("kind").Without("apiVersion"))])));

    private static JsonMap Group(string group)
    {
        var name = ResourceTypes.Groups.First(one => one.Group == group).Version;
        var version = new JsonMap(("groupVersion", $"{group}/{name}"), ("version", name));
        return new JsonMap(
            ("kind", "APIGroup"), ("apiVersion", "v1"), ("name", group), ("versions", new JsonList(version)), ("preferredVersion", version));
    }

    private static JsonMap? Resources(string group, string version)
    {
        var types = ResourceTypes.All.Where(type => type.Group == group && type.Version == version).ToList();
        if (types.Count == 0)
        {
            return null;
        }

        var resources = new List<Json>();
        foreach (var type in types)
        {
            resources.Add(new JsonMap(
                ("name", type.Plural), ("singularName", Singular(type)), ("namespaced", type.Namespaced), ("kind", type.Kind),
                ("verbs", Texts(ObjectVerbs)), ("shortNames", Texts(type.ShortNames)), ("categories", Texts(type.HasStatus && type.Namespaced ? ["all"] : []))));
            if (type.HasStatus)
            {
                resources.Add(new JsonMap(
                    ("name", type.Plural + "/status"), ("singularName", ""), ("namespaced", type.Namespaced), ("kind", type.Kind),
                    ("verbs", Texts(["get", "patch", "update"]))));
            }
        }

        return new JsonMap(
            ("kind", "APIResourceList"), ("apiVersion", "v1"), ("groupVersion", types[0].ApiVersion), ("resources", new JsonList(resources)));
    }

    private static JsonMap OpenApiRoot() => new(("paths", new JsonMap(
        [.. ResourceTypes.Groups.Select(one => PathOf(one.Group, one.Version))],
        [.. ResourceTypes.Groups.Select(one => (Json)new JsonMap(("serverRelativeURL", $"/openapi/v3/{PathOf(one.Group, one.Version)}")))])));

    /// <summary>
    /// Just the patch operations: from them kubectl learns that the server itself looks at the fields (<c>fieldValidation</c>),
    /// and does not ask for schemas.
    /// </summary>
    private static JsonMap? OpenApi(string group, string version)
    {
        var types = ResourceTypes.All.Where(type => type.Group == group && type.Version == version).ToList();
        var parameter = new JsonMap(
            ("name", "fieldValidation"), ("in", "query"), ("schema", new JsonMap(("type", "string"), ("uniqueItems", true))));
        return types.Count == 0 ? null : new JsonMap(
            ("openapi", "3.0.0"),
            ("info", new JsonMap(("title", "Kubernetes"), ("version", version))),
            ("paths", new JsonMap(
                [.. types.Select(type => $"/{PathOf(group, version)}/{(type.Namespaced ? "namespaces/{namespace}/" : "")}{type.Plural}/{{name}}")],
                [.. types.Select(type => (Json)new JsonMap(("patch", new JsonMap(
                    ("parameters", new JsonList(parameter)),
                    ("responses", new JsonMap(("200", new JsonMap(("description", "OK"))))),
                    ("x-kubernetes-action", "patch"),
                    ("x-kubernetes-group-version-kind", new JsonMap(("group", group), ("version", version), ("kind", type.Kind)))))))])));
    }

    private static string PathOf(string group, string version) => group.Length == 0 ? $"api/{version}" : $"apis/{group}/{version}";

    private static string Singular(ResourceType type) => type.Kind == "Endpoints" ? "endpoints" : type.Kind.ToLowerInvariant();

    private static JsonList Texts(IEnumerable<string> texts) => new([.. texts.Select(text => (Json)text)]);
}
