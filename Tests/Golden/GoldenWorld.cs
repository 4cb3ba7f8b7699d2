using System.Text.Json.Nodes;
using MetaCollector.Gateway.Wire;
using MetaCollector.Testing.Api;

namespace MetaCollector.Tests.Golden;

/// <summary>
/// Plays the commands of the recording against an API server without controllers: what the controllers made then is made from what
/// the recording says of it. Uids differ from the recorded ones; <see cref="Translate"/> maps them.
/// </summary>
internal sealed class GoldenWorld(ApiClient api, IReadOnlyList<GoldenStep> steps)
{
    // What a step makes may show only in the events of a later one.
    private readonly List<Event> _all = [.. steps.SelectMany(step => step.Events.Values).SelectMany(events => events)];
    private readonly Dictionary<string, string> _uids = [];
    private readonly HashSet<(string Kind, string Name)> _created = [];

    /// <summary>Replaces every recorded uid by that of the object here.</summary>
    public string Translate(string text) => _uids.Aggregate(text, (result, uid) => result.Replace(uid.Key, uid.Value, StringComparison.Ordinal));

    /// <summary>Makes what the manifests of a step make, and what controllers made of them.</summary>
    public async Task CreateAsync(GoldenStep step)
    {
        var events = step.Events.Values.SelectMany(events => events).ToList();
        var manifests = step.Commands.Where(command => command.StartsWith("apply <<< ", StringComparison.Ordinal));
        foreach (var item in manifests.SelectMany(command => Manifest.Parse(command["apply <<< ".Length..])))
            await CreateAsync(item, RecordedUid(item));
        foreach (var replicaSet in events.Where(e => e is { Reason: "Create", Kind: "ReplicaSet" })) await CreateAsync(replicaSet, events);
        foreach (var pod in events.Where(e => e is { Reason: "Create", Kind: "Pod" })) await CreateAsync(pod, events);
    }

    /// <summary>Gives the pods of a step the addresses that their kubelets gave them.</summary>
    public async Task AssignAddressesAsync(GoldenStep step)
    {
        foreach (var update in step.Events.Values.SelectMany(events => events).Where(e => e is { Reason: "Update", Kind: "Pod" }))
        {
            var meta = JsonNode.Parse(update.Meta)!;
            if ((string?)JsonNode.Parse(update.Status)!["podIP"] is { } ip) await api.SetPodIpAsync((string)meta["namespace"]!, (string)meta["name"]!, ip);
        }
    }

    /// <summary>Runs <c>kubectl [-n NS] label|annotate|patch …</c> as far as the recording uses it.</summary>
    public async Task KubectlAsync(string command)
    {
        var words = command.Split(' ').Skip(1).ToList();
        string? scope = null;
        if (words[0] == "-n") (scope, words) = (words[1], words[2..]);
        var (verb, kind) = (words[0], words[1]);
        var name = words[2] == "-l"
            ? (string)(await api.ListAsync(kind, scope, $"?labelSelector={words[3]}")).Single()["metadata"]!["name"]!
            : words[2];
        var patch = verb switch
        {
            "label" => Metadata("labels", words[^1]),
            "annotate" => Metadata("annotations", words[^1]),
            "patch" => JsonNode.Parse(command[command.IndexOf('{', StringComparison.Ordinal)..].TrimEnd('\''))!.AsObject(),
            _ => throw new NotSupportedException(command),
        };
        var subresource = command.Contains("--subresource=status", StringComparison.Ordinal) ? "status" : null;
        await api.PatchAsync(kind, scope, name, patch, subresource);
    }

    private static JsonObject Metadata(string field, string pair) => new()
    {
        ["metadata"] = new JsonObject { [field] = new JsonObject { [pair.Split('=')[0]] = pair.Split('=')[1] } },
    };

    private string? RecordedUid(JsonObject item)
    {
        var (kind, name) = ((string)item["kind"]!, (string)item["metadata"]!["name"]!);
        return _all.FirstOrDefault(e => e.Kind == kind && e.Meta.Contains($"\"name\":\"{name}\"", StringComparison.Ordinal))?.Uid
            ?? _all.Where(e => e.Refs is not null)
                .SelectMany(e => e.Refs.Resources.Where(refs => refs.Key == kind && refs.Value.List.Count > 0).Select(refs => refs.Value.List[0]))
                .FirstOrDefault();
    }

    private async Task CreateAsync(Event recorded, List<Event> events)
    {
        var meta = JsonNode.Parse(Translate(recorded.Meta))!.AsObject();
        meta.Remove("uid");
        if (OwnerOf(recorded, events) is { } owner)
        {
            meta["ownerReferences"] = new JsonArray(new JsonObject
            {
                ["apiVersion"] = ApiResource.Of(owner.Kind).ApiVersion, ["kind"] = owner.Kind, ["name"] = "owner",
                ["uid"] = Translate(owner.Uid), ["controller"] = true,
            });
        }

        var item = new JsonObject { ["apiVersion"] = ApiResource.Of(recorded.Kind).ApiVersion, ["kind"] = recorded.Kind, ["metadata"] = meta };
        item["spec"] = recorded.Kind == "Pod"
            ? new JsonObject { ["nodeName"] = NodeOf(meta), ["containers"] = new JsonArray(new JsonObject { ["name"] = "c", ["image"] = "nginx" }) }
            : new JsonObject { ["replicas"] = 0 };
        await CreateAsync(item, recorded.Uid);

        // The one pod on the other node that no manifest binds: the DaemonSet's.
        static string NodeOf(JsonObject pod) => (string)pod["name"]! == "agent-mtkxf" ? "node-b" : "node-a";
    }

    private static (string Kind, string Uid)? OwnerOf(Event recorded, List<Event> events)
    {
        if (recorded.Kind == "ReplicaSet")
        {
            var pod = events.FirstOrDefault(e => e.Kind == "Pod" && e.Refs.Resources.GetValueOrDefault("ReplicaSet")?.List.Contains(recorded.Uid) == true);
            return pod?.Refs.Resources.GetValueOrDefault("Deployment") is { } deployment ? ("Deployment", deployment.List[0]) : null;
        }

        var owners = recorded.Refs.Resources.Where(refs => refs.Key is not ("Namespace" or "Service")).ToDictionary();
        if (owners.TryGetValue("ReplicaSet", out var replicaSet)) return ("ReplicaSet", replicaSet.List[0]);
        return owners.Count == 0 ? null : (owners.Single().Key, owners.Single().Value.List[0]);
    }

    private async Task CreateAsync(JsonObject item, string? recordedUid)
    {
        if (!_created.Add(((string)item["kind"]!, (string)item["metadata"]!["name"]!))) return;
        var created = await api.CreateAsync(item);
        if (recordedUid is not null) _uids[recordedUid] = (string)created["metadata"]!["uid"]!;
    }
}
