using System.Text.Json.Nodes;
using MetaCollector.Simulator.Objects;

namespace MetaCollector.Benchmarks.Load.Server;

/// <summary>
/// Objects of a generated cluster as a real API server takes them: under names of their own, without what the server decides, and so
/// that no controller, should there be any, has anything to do with them.
/// </summary>
/// <param name="prefix">What the names of namespaces and nodes begin with.</param>
internal sealed class ServerObjects(string prefix)
{
    private const string Mark = "load.metacollector/run";

    // Who owns comes before what is owned.
    private static readonly string[][] Stages =
    [
        ["Node", "Namespace"],
        ["ServiceAccount"],
        ["Deployment", "DaemonSet", "StatefulSet", "CronJob", "ReplicationController"],
        ["ReplicaSet", "Job"],
        ["Pod", "Service"],
        ["EndpointSlice"],
    ];

    private readonly Dictionary<string, string> _uids = [];

    /// <summary>Kinds that stand in namespaces, owners first.</summary>
    public static IEnumerable<string> NamespacedKinds => Stages.Skip(1).SelectMany(kinds => kinds);

    /// <summary>The name of a node or namespace on the server.</summary>
    public string NameOf(string name) => $"{prefix}-{name}";

    /// <summary>In which order objects of this kind have to be made.</summary>
    public static int StageOf(string kind) => Array.FindIndex(Stages, kinds => kinds.Contains(kind));

    /// <summary>Notes under which uid the server keeps an object, for those that refer to it.</summary>
    public void Note(string uid, JsonObject stored)
    {
        lock (_uids) _uids[uid] = (string)stored["metadata"]!["uid"]!;
    }

    /// <summary>The object, and its status where that has to be said by itself.</summary>
    public (JsonObject Item, JsonObject? Status) Of(KubernetesObject model)
    {
        var item = model.ToJsonObject();
        Metadata(item["metadata"]!.AsObject(), model.Kind);
        var status = item["status"]?.DeepClone().AsObject();
        item.Remove("status");
        var spec = item["spec"] as JsonObject;
        switch (model.Kind)
        {
            case "Node":
                item["metadata"]!["labels"]![Mark] = prefix;
                item["spec"] = new JsonObject { ["unschedulable"] = true };
                break;
            case "Pod":
                Pod(spec!);
                spec!["nodeName"] = NameOf((string)spec["nodeName"]!);
                break;
            case "Deployment":
                spec!["paused"] = true;
                Template(spec, "Always");
                break;
            case "ReplicaSet" or "ReplicationController":
                Template(spec!, "Always");
                break;
            case "DaemonSet" or "StatefulSet":
                spec!["updateStrategy"] = new JsonObject { ["type"] = "OnDelete" };
                Template(spec, "Always");
                spec["template"]!["spec"]!["nodeSelector"] = new JsonObject { [Mark] = prefix };
                break;
            case "Job":
                spec!["managedBy"] = Mark;
                Template(spec, "Never");
                status = null;
                break;
            case "CronJob":
                spec!["suspend"] = true;
                Template(spec["jobTemplate"]!["spec"]!.AsObject(), "Never");
                break;
            case "Service":
                // A server's range of addresses may be far too small.
                spec!["clusterIP"] = "None";
                break;
            case "EndpointSlice":
                foreach (var endpoint in item["endpoints"]!.AsArray())
                {
                    var target = endpoint!["targetRef"]!;
                    (target["namespace"], target["uid"]) = (NameOf((string)target["namespace"]!), UidOf((string)target["uid"]!));
                    endpoint["nodeName"] = NameOf((string)endpoint["nodeName"]!);
                }

                break;
        }

        return (item, status);
    }

    private void Metadata(JsonObject metadata, string kind)
    {
        foreach (var decided in (string[])["uid", "resourceVersion", "creationTimestamp", "managedFields", "generation"]) metadata.Remove(decided);
        if (kind is "Node" or "Namespace")
        {
            metadata["name"] = NameOf((string)metadata["name"]!);
            (metadata["labels"] as JsonObject)?.Remove("kubernetes.io/metadata.name");
        }

        if (metadata["namespace"] is { } scope) metadata["namespace"] = NameOf((string)scope!);
        // What a kubelet mirrors may not name an account, which every other pod has.
        if (metadata["annotations"] is JsonObject annotations)
            foreach (var mirrored in (string[])["mirror", "hash", "source"]) annotations.Remove($"kubernetes.io/config.{mirrored}");
        foreach (var owner in metadata["ownerReferences"] as JsonArray ?? [])
        {
            owner!["uid"] = UidOf((string)owner["uid"]!);
            if ((string)owner["kind"]! == "Node") owner["name"] = NameOf((string)owner["name"]!);
        }
    }

    private string UidOf(string uid)
    {
        lock (_uids) return _uids[uid];
    }

    private static void Template(JsonObject spec, string restart)
    {
        var template = spec["template"]!;
        Pod(template["spec"]!.AsObject());
        template["spec"]!["restartPolicy"] = restart;
        if (restart == "Never")
        {
            // The server selects by a label of its own.
            spec.Remove("selector");
            return;
        }

        var selector = spec["selector"]!.AsObject();
        foreach (var (key, value) in (selector["matchLabels"] ?? selector).AsObject()) template["metadata"]!["labels"]![key] = value!.DeepClone();
    }

    // Named, since a server whose admission does not name it lets in no pod with a token.
    private static void Pod(JsonObject spec)
    {
        spec["serviceAccountName"] = "default";
        spec.Remove("serviceAccount");
    }
}
