using System.Text.Json.Nodes;
using MetaCollector.Grains.Interfaces.Model;

namespace MetaCollector.Testing.Oracle;

/// <summary>
/// Reads the JSON of Kubernetes objects, as a server lists them, for the oracle. On purpose not the way of the informer, which
/// decodes protobuf.
/// </summary>
public static class ResourceJson
{
    private const string ServiceName = "kubernetes.io/service-name";
    private const string ManagedBy = "endpointslice.kubernetes.io/managed-by";
    private const string EndpointSliceController = "endpointslice-controller.k8s.io";

    /// <summary>The resource that an object is to us; null for a kind that is none of ours, and for EndpointSlices of Kubernetes' own controller.</summary>
    public static Resource? Read(JsonObject item)
    {
        ArgumentNullException.ThrowIfNull(item);
        if (ResourceKinds.Find(GroupOf((string)item["apiVersion"]!), (string)item["kind"]!) is not { } kind) return null;
        var labels = Labels(item["metadata"]!["labels"]);
        var common = new Resource { Kind = kind, Uid = Uid.Parse((string)item["metadata"]!["uid"]!), Namespace = "", Name = (string)item["metadata"]!["name"]! };
        common = common with
        {
            Namespace = kind == ResourceKind.Namespace ? common.Name : (string)item["metadata"]!["namespace"]!,
            GenerateName = (string?)item["metadata"]!["generateName"] is { Length: > 0 } generateName ? generateName : null,
            Labels = labels,
            Controller = ControllerOf(item),
        };
        return kind switch
        {
            ResourceKind.Pod => Like(common, new Pod { Kind = kind, Uid = common.Uid, Namespace = "", Name = "" }) with
            {
                Node = (string?)item["spec"]?["nodeName"] ?? "",
                Ip = (string?)item["status"]?["podIP"] is { Length: > 0 } ip ? ip : null,
            },
            ResourceKind.Service => Like(common, new Service { Kind = kind, Uid = common.Uid, Namespace = "", Name = "" }) with
            {
                Selector = Labels(item["spec"]?["selector"]),
            },
            ResourceKind.EndpointSlice when labels.Find(ManagedBy) == EndpointSliceController => null,
            ResourceKind.EndpointSlice => Like(common, new EndpointSlice { Kind = kind, Uid = common.Uid, Namespace = "", Name = "" }) with
            {
                ServiceName = labels.Find(ServiceName) ?? "",
                Targets = EquatableArray.Create<PodTarget>([.. Targets(item, common.Namespace)]),
            },
            _ => common,
        };
    }

    private static T Like<T>(Resource common, T resource) where T : Resource => resource with
    {
        Namespace = common.Namespace,
        Name = common.Name,
        GenerateName = common.GenerateName,
        Labels = common.Labels,
        Controller = common.Controller,
    };

    private static string GroupOf(string apiVersion) =>
        apiVersion.IndexOf('/', StringComparison.Ordinal) is var slash and >= 0 ? apiVersion[..slash] : "";

    private static LabelSet Labels(JsonNode? labels) =>
        LabelSet.Of((labels as JsonObject ?? []).Select(label => KeyValuePair.Create(label.Key, (string)label.Value!)));

    private static Owner? ControllerOf(JsonObject item)
    {
        var owners = item["metadata"]!["ownerReferences"] as JsonArray ?? [];
        var controller = owners.FirstOrDefault(owner => (bool?)owner!["controller"] == true);
        return controller is null ? null : new Owner(GroupOf((string)controller["apiVersion"]!), (string)controller["kind"]!, Uid.Parse((string)controller["uid"]!));
    }

    private static IEnumerable<PodTarget> Targets(JsonObject slice, string home) =>
        from endpoint in slice["endpoints"] as JsonArray ?? []
        let target = endpoint["targetRef"]
        where (string?)target?["kind"] == "Pod" && ((string?)target["namespace"] is null or "" || (string?)target["namespace"] == home)
        select new PodTarget((string?)target["name"] ?? "", Uid.Parse((string?)target["uid"] ?? ""));
}
