using System.Text.Json.Nodes;

namespace MetaCollector.Tests.Install;

/// <summary>Short ways into Kubernetes objects.</summary>
internal static class Objects
{
    /// <summary>The one object of a kind.</summary>
    public static JsonObject One(this IEnumerable<JsonObject> objects, string kind) => objects.Single(item => (string?)item["kind"] == kind);

    /// <summary>All objects of a kind.</summary>
    public static IEnumerable<JsonObject> Of(this IEnumerable<JsonObject> objects, string kind) => objects.Where(item => (string?)item["kind"] == kind);

    /// <summary>Those that are there as long as the release: hooks come and go.</summary>
    public static IEnumerable<JsonObject> Lasting(this IEnumerable<JsonObject> objects) =>
        objects.Where(item => item.At("metadata", "annotations", "helm.sh/hook") is null);

    /// <summary>Follows names and, where they are numbers, indices.</summary>
    public static JsonNode? At(this JsonNode? node, params IEnumerable<string> path)
    {
        foreach (var step in path)
            node = node is JsonArray list && int.TryParse(step, out var index) ? list.ElementAtOrDefault(index) : (node as JsonObject)?[step];
        return node;
    }

    /// <summary>The pod that a Deployment makes.</summary>
    public static JsonObject PodSpec(this JsonObject deployment) => deployment.At("spec", "template", "spec")!.AsObject();

    /// <summary>Its container.</summary>
    public static JsonObject Container(this JsonObject deployment) => deployment.PodSpec().At("containers", "0")!.AsObject();

    /// <summary>The flags that the container is started with.</summary>
    public static IReadOnlyList<string> Arguments(this JsonObject deployment) => deployment.Container()["args"].Strings();

    /// <summary>A list of strings; empty where there is none.</summary>
    public static IReadOnlyList<string> Strings(this JsonNode? node) => node is null ? [] : [.. node.AsArray().Select(item => (string)item!)];

    /// <summary>Every right that roles of a kind grant, as <c>verb group/resource[/name]</c>, in order.</summary>
    public static IReadOnlyList<string> Rights(this IEnumerable<JsonObject> objects, string kind) =>
    [
        .. from role in objects.Of(kind)
           from rule in role["rules"]!.AsArray()
           from verb in rule!["verbs"].Strings()
           from @group in rule["apiGroups"].Strings()
           from resource in rule["resources"].Strings()
           from name in rule["resourceNames"].Strings().DefaultIfEmpty("")
           let right = $"{verb} {@group}/{resource}{(name.Length == 0 ? "" : $"/{name}")}"
           orderby right
           select right,
    ];
}
