using System.Text.Json.Nodes;
using MetaCollector.Testing.Api;
using MetaCollector.Testing.Oracle;
using Resource = MetaCollector.Grains.Interfaces.Model.Resource;

namespace MetaCollector.Benchmarks.Runs;

/// <summary>
/// Random changes of every sort that subscribers are told of, in namespaces and on nodes of their own, the same for the same dice; an
/// API server with controllers adds what these make of Deployments, ReplicaSets and ReplicationControllers. Not thread-safe.
/// </summary>
/// <param name="api">The API server.</param>
/// <param name="prefix">What the names of its namespaces and nodes begin with.</param>
/// <param name="nodes">How many nodes; there are no Node objects, since nobody needs them.</param>
/// <param name="namespaces">How many namespaces.</param>
/// <param name="dice">Decides.</param>
internal sealed class ServerChanges(ApiClient api, string prefix, int nodes, int namespaces, Random dice)
{
    private static readonly string[] Kinds =
        ["Namespace", "Deployment", "ReplicaSet", "DaemonSet", "ReplicationController", "Service", "EndpointSlice", "Pod"];

    /// <summary>Names of the nodes.</summary>
    public IReadOnlyList<string> Nodes { get; } = [.. Enumerable.Range(0, nodes).Select(i => $"{prefix}-node-{i}")];

    /// <summary>Changes made.</summary>
    public int Made { get; private set; }

    /// <summary>Changes that the server refused: of what is not there, or is there already.</summary>
    public int Refused { get; private set; }

    private int _previews;

    private IReadOnlyList<string> Namespaces { get; } = [.. Enumerable.Range(0, namespaces).Select(i => $"{prefix}-{i}")];

    /// <summary>Makes the namespaces, and waits until pods may be made in them.</summary>
    public async Task PrepareAsync(CancellationToken cancellation)
    {
        foreach (var scope in Namespaces)
        {
            await CreateAsync($"{{apiVersion: v1, kind: Namespace, metadata: {{name: {scope}}}}}");
            while (!await TryAsync(() => CreatePodAsync(scope, "first"))) await Task.Delay(200, cancellation);
        }
    }

    /// <summary>Makes a change; one that is refused counts as none.</summary>
    public async Task ChangeAsync()
    {
        if (await TryAsync(AnyAsync)) Made++;
        else Refused++;
    }

    /// <summary>Makes a namespace with a pod, and takes away the one that was made before.</summary>
    public async Task NextPreviewAsync(CancellationToken cancellation)
    {
        if (_previews > 0) await DeleteNamespaceAsync($"{prefix}-preview-{_previews}");
        var scope = $"{prefix}-preview-{++_previews}";
        await CreateAsync($"{{apiVersion: v1, kind: Namespace, metadata: {{name: {scope}}}}}");
        while (!await TryAsync(() => CreatePodAsync(scope, "first"))) await Task.Delay(200, cancellation);
        await TryAsync(() => CreateServiceAsync(scope, "service-0"));
    }

    /// <summary>What is there now.</summary>
    public async Task<IReadOnlyList<Resource>> ReadAsync()
    {
        var found = new List<Resource>();
        foreach (var kind in Kinds)
        {
            var resource = ApiResource.Of(kind);
            foreach (var item in await api.ListAsync(kind))
            {
                (item["apiVersion"], item["kind"]) = (resource.ApiVersion, kind); // Left out in the items of a list.
                var isOurs = ((string?)item["metadata"]![kind == "Namespace" ? "name" : "namespace"])?.StartsWith(prefix, StringComparison.Ordinal) == true;
                if (isOurs && ListedObjects.Find(item) is { } read) found.Add(read);
            }
        }

        return found;
    }

    /// <summary>Takes everything away. What cannot be deleted is left.</summary>
    public async Task CleanUpAsync()
    {
        foreach (var scope in Namespaces) await DeleteNamespaceAsync(scope);
        if (_previews > 0) await DeleteNamespaceAsync($"{prefix}-preview-{_previews}");
    }

    private async Task DeleteNamespaceAsync(string scope)
    {
        // Owners first, so that no controller makes new pods.
        foreach (var kind in Kinds.Where(kind => kind != "Namespace"))
        {
            foreach (var item in await api.ListAsync(kind, scope)) await TryAsync(() => api.DeleteAsync(kind, scope, NameOf(item)));
        }

        await TryAsync(() => api.DeleteAsync("Namespace", null, scope));
        // Where no controller does it.
        await TryAsync(async () =>
        {
            var left = await api.GetAsync("Namespace", null, scope);
            left["spec"] = new JsonObject { ["finalizers"] = new JsonArray() };
            (left["apiVersion"], left["kind"]) = ("v1", "Namespace");
            await api.ReplaceAsync(left, "finalize");
        });
    }

    private async Task AnyAsync()
    {
        var scope = Namespaces[dice.Next(Namespaces.Count)];
        var pod = await AnyPodAsync(scope);
        switch (dice.Next(20))
        {
            case 0 or 1 or 2: await CreatePodAsync(scope, $"bare-{dice.Next(8)}"); break;
            case 3 or 4: await api.DeleteAsync("Pod", scope, pod); break;
            case 5: // Reborn: another object under the same name, on any node.
                var reborn = $"bare-{dice.Next(8)}";
                await api.DeleteAsync("Pod", scope, reborn);
                await CreatePodAsync(scope, reborn);
                break;
            case 6 or 7: await api.LabelAsync("Pod", scope, pod, ("app", dice.Next(4) == 0 ? null : App()), ("turn", $"{dice.Next(100)}")); break;
            case 8: await api.SetPodIpAsync(scope, pod, $"10.77.{dice.Next(256)}.{1 + dice.Next(254)}"); break;
            case 9: await api.PatchAsync("Pod", scope, pod, new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { ["noise"] = $"{dice.Next()}" } } }); break;
            case 10: await CreateWorkloadAsync(scope); break;
            case 11: await api.PatchAsync("Deployment", scope, $"deploy-{dice.Next(2)}", new JsonObject { ["spec"] = new JsonObject { ["replicas"] = dice.Next(4) } }); break;
            case 12: await RolloutAsync(scope); break;
            case 13:
                var kind = ((string[])["Deployment", "ReplicaSet", "ReplicationController"])[dice.Next(3)];
                await api.DeleteAsync(kind, scope, $"{WorkloadName(kind)}-{dice.Next(2)}");
                break;
            case 14: await api.LabelAsync("Deployment", scope, $"deploy-{dice.Next(2)}", ("turn", $"{dice.Next(100)}")); break;
            case 15: await CreateServiceAsync(scope, $"service-{dice.Next(4)}"); break;
            case 16: await SelectAsync(scope, $"service-{dice.Next(4)}"); break;
            case 17: await SliceAsync(scope, $"slice-{dice.Next(4)}", pod); break;
            case 18:
                var isSlice = dice.Next(2) == 0;
                await api.DeleteAsync(isSlice ? "EndpointSlice" : "Service", scope, $"{(isSlice ? "slice" : "service")}-{dice.Next(4)}");
                break;
            default: await api.LabelAsync("Namespace", null, scope, ("turn", $"{dice.Next(100)}")); break;
        }
    }

    private async Task<string> AnyPodAsync(string scope)
    {
        var pods = await api.ListAsync("Pod", scope);
        return pods.Count == 0 ? "none" : NameOf(pods[dice.Next(pods.Count)]);
    }

    private Task<JsonObject> CreatePodAsync(string scope, string name) => CreateAsync($$$"""
        apiVersion: v1
        kind: Pod
        metadata: {name: {{{name}}}, namespace: {{{scope}}}, labels: {app: {{{App()}}}}}
        spec: {{{PodSpec()}}}
        """);

    // The pods of a template are bound to one node at once: there is no scheduler to wait for.
    private Task<JsonObject> CreateWorkloadAsync(string scope)
    {
        var kind = ((string[])["Deployment", "ReplicaSet", "ReplicationController"])[dice.Next(3)];
        var name = $"{WorkloadName(kind)}-{dice.Next(2)}";
        var selector = kind == "ReplicationController" ? $"{{owner: {name}}}" : $"{{matchLabels: {{owner: {name}}}}}";
        return CreateAsync($$$"""
            apiVersion: {{{ApiResource.Of(kind).ApiVersion}}}
            kind: {{{kind}}}
            metadata: {name: {{{name}}}, namespace: {{{scope}}}, labels: {tier: front}}
            spec:
              replicas: {{{dice.Next(4)}}}
              selector: {{{selector}}}
              template:
                metadata: {labels: {owner: {{{name}}}, app: {{{App()}}}}}
                spec: {{{PodSpec()}}}
            """);
    }

    private Task<JsonObject> RolloutAsync(string scope) => api.PatchAsync("Deployment", scope, $"deploy-{dice.Next(2)}", new JsonObject
    {
        ["spec"] = new JsonObject
        {
            ["template"] = new JsonObject
            {
                ["metadata"] = new JsonObject { ["labels"] = new JsonObject { ["app"] = App() } },
                ["spec"] = new JsonObject { ["nodeName"] = Node() },
            },
        },
    });

    private Task<JsonObject> CreateServiceAsync(string scope, string name) => CreateAsync($$$"""
        apiVersion: v1
        kind: Service
        metadata: {name: {{{name}}}, namespace: {{{scope}}}, labels: {turn: "{{{dice.Next(100)}}}"}}
        spec: {clusterIP: None, selector: {{{(dice.Next(2) == 0 ? "{}" : $"{{app: {App()}}}")}}}, ports: [{port: 80}]}
        """);

    private Task<JsonObject> SelectAsync(string scope, string name) => api.PatchAsync("Service", scope, name, new JsonObject
    {
        ["spec"] = new JsonObject { ["selector"] = dice.Next(3) == 0 ? null : new JsonObject { ["app"] = App() } },
    });

    // One that is there is given another target; endpoints may name pods by uid, by name alone, or none.
    private async Task SliceAsync(string scope, string name, string pod)
    {
        var uid = dice.Next(2) == 0 ? "" : $", uid: {(string)(await api.GetAsync("Pod", scope, pod))["metadata"]!["uid"]!}";
        var slice = Manifest.Parse($$$"""
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: {name: {{{name}}}, namespace: {{{scope}}}, labels: {kubernetes.io/service-name: service-{{{dice.Next(4)}}}}}
            addressType: IPv4
            ports: [{port: 80}]
            endpoints: [{addresses: ["10.78.0.1"], targetRef: {kind: Pod, name: {{{pod}}}, namespace: {{{scope}}}{{{uid}}}}}]
            """)[0];
        if (await TryAsync(() => api.CreateAsync(slice))) return;
        await api.PatchAsync("EndpointSlice", scope, name, new JsonObject { ["endpoints"] = slice["endpoints"]!.DeepClone() });
    }

    private Task<JsonObject> CreateAsync(string yaml) => api.CreateAsync(Manifest.Parse(yaml)[0]);

    private static async Task<bool> TryAsync(Func<Task> change)
    {
        try
        {
            await change();
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static string NameOf(JsonObject item) => (string)item["metadata"]!["name"]!;

    private static string WorkloadName(string kind) => kind switch { "Deployment" => "deploy", "ReplicaSet" => "set", _ => "controller" };

    private string PodSpec() => $"{{nodeName: {Node()}, terminationGracePeriodSeconds: 0, containers: [{{name: c, image: nginx}}]}}";

    private string Node() => Nodes[dice.Next(Nodes.Count)];

    private string App() => $"app-{dice.Next(3)}";
}
