using System.Text.Json.Nodes;
using MetaCollector.Grains.Interfaces.Model;

namespace MetaCollector.Testing.Oracle;

/// <summary>
/// Reads Kubernetes objects, as an API server lists them in JSON, into what an oracle wants: by its own means, and not those of the
/// product.
/// </summary>
public static class ListedObjects
{
    private const string ServiceNameLabel = "kubernetes.io/service-name";
    private const string ManagedByLabel = "endpointslice.kubernetes.io/managed-by";
    private const string EndpointSliceController = "endpointslice-controller.k8s.io";

    /// <summary>
    /// The resource that an object is by its own word; null for a kind that is none of ours, and for EndpointSlices of Kubernetes' own
    /// controller, which say no more than the selectors.
    /// </summary>
    public static Resource? Find(JsonObject document)
    {
        ArgumentNullException.ThrowIfNull(document);
        if (ResourceKinds.Find(GroupOf(Text(document["apiVersion"]) ?? ""), Text(document["kind"]) ?? "") is not { } kind) return null;
        var resource = Read(document, kind);
        return kind == ResourceKind.EndpointSlice && Labels(document["metadata"]!["labels"]).Find(ManagedByLabel) == EndpointSliceController
            ? null
            : resource;
    }

    /// <summary>The resource that an object is.</summary>
    /// <param name="document">The object; an item of a list need not say its kind.</param>
    /// <param name="kind">Its kind.</param>
    public static Resource Read(JsonObject document, ResourceKind kind)
    {
        ArgumentNullException.ThrowIfNull(document);
        var meta = document["metadata"]!;
        var name = Text(meta["name"])!;
        var resource = new Resource
        {
            Kind = kind, Name = name, Uid = Uid.Parse(Text(meta["uid"])!), Namespace = kind == ResourceKind.Namespace ? name : Text(meta["namespace"])!,
            GenerateName = Text(meta["generateName"]), Labels = Labels(meta["labels"]), Controller = Controller(meta["ownerReferences"]),
        };
        return kind switch
        {
            ResourceKind.Pod => new Pod
            {
                Kind = kind, Name = name, Uid = resource.Uid, Namespace = resource.Namespace, GenerateName = resource.GenerateName,
                Labels = resource.Labels, Controller = resource.Controller,
                Node = Text(document["spec"]?["nodeName"]) ?? "", Ip = Text(document["status"]?["podIP"]),
            },
            ResourceKind.Service => new Service
            {
                Kind = kind, Name = name, Uid = resource.Uid, Namespace = resource.Namespace, GenerateName = resource.GenerateName,
                Labels = resource.Labels, Controller = resource.Controller, Selector = Labels(document["spec"]?["selector"]),
                IsExternalName = Text(document["spec"]?["type"]) == "ExternalName",
            },
            ResourceKind.EndpointSlice => new EndpointSlice
            {
                Kind = kind, Name = name, Uid = resource.Uid, Namespace = resource.Namespace,
                ServiceName = resource.Labels.Find(ServiceNameLabel) ?? "", Targets = Targets(document["endpoints"], resource.Namespace),
            },
            _ => resource,
        };
    }

    /// <summary>The resources of a list, e.g. the <c>items</c> of a <c>PodList</c>.</summary>
    public static IEnumerable<Resource> ReadAll(JsonArray items, ResourceKind kind) => items.Select(item => Read((JsonObject)item!, kind));

    private static string? Text(JsonNode? node) => (string?)node is { Length: > 0 } text ? text : null;

    private static string GroupOf(string apiVersion)
    {
        var slash = apiVersion.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? "" : apiVersion[..slash];
    }

    private static LabelSet Labels(JsonNode? node) =>
        LabelSet.Of((node as JsonObject ?? []).Select(label => new KeyValuePair<string, string>(label.Key, (string?)label.Value ?? "")));

    private static Owner? Controller(JsonNode? references)
    {
        foreach (var reference in references as JsonArray ?? [])
        {
            if ((bool?)reference!["controller"] != true) continue;
            return new Owner(GroupOf(Text(reference["apiVersion"]) ?? ""), Text(reference["kind"])!, Uid.Parse(Text(reference["uid"])!));
        }

        return null;
    }

    private static EquatableArray<PodTarget> Targets(JsonNode? endpoints, string @namespace)
    {
        var targets = (endpoints as JsonArray ?? []).Select(endpoint => endpoint!["targetRef"]).OfType<JsonObject>()
            .Where(target => Text(target["kind"]) == "Pod" && (Text(target["namespace"]) ?? @namespace) == @namespace);
        return [.. targets.Select(target => new PodTarget(Text(target["name"]) ?? "", Uid.Parse(Text(target["uid"]) ?? "")))];
    }
}
