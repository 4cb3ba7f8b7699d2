using System.Globalization;
using System.Text.Json.Nodes;
using MetaCollector.Testing.Api;

namespace MetaCollector.Benchmarks.Load.Server;

/// <summary>
/// What changes in a cluster in an hour of ordinary life, as fast as the API server takes it: of the kinds that the collector watches,
/// each write that scheduler, kubelets and controllers would make. A 24th of all pods are replaced, as if each lived for a day; 8 % as
/// many are run by jobs; 5 % are unready for a while; 1 % restart; of the deployments a twentieth are annotated.
/// </summary>
/// <param name="cluster">The cluster.</param>
internal sealed class OrdinaryHour(ServerCluster cluster)
{
    private const double Replaced = 1 / 24.0, OfJobs = 0.08, Unready = 0.05, Restarted = 0.01, Annotated = 0.05;

    // A replaced pod is an event of its ReplicaSet and its Deployment when it goes and when it comes; the order among pods is of no interest.
    private static readonly ParallelOptions Several = new() { MaxDegreeOfParallelism = 8 };

    private readonly ApiClient _api = cluster.Api;
    private int _writes;
    private int _address;

    /// <summary>Writes until now.</summary>
    public int Writes => _writes;

    /// <summary>Makes the changes.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        var all = cluster.Stored.ToLookup(item => (string)item["kind"]!);
        var pods = all["Pod"].OrderBy(pod => Name(pod), StringComparer.Ordinal).ToList();
        var replaced = Some([.. pods.Where(pod => OwnerOf(pod) is "ReplicaSet")], pods.Count * Replaced).ToList();
        var staying = pods.Except(replaced).ToList();
        var sets = all["ReplicaSet"].ToDictionary(set => (Scope(set), Name(set)));
        var changes = new List<Func<Task>>();
        changes.AddRange(replaced.Select(pod => (Func<Task>)(() => ReplaceAsync(pod, sets[(Scope(pod), OwnerName(pod))]))));
        changes.AddRange(Some(staying, pods.Count * OfJobs).Select((pod, i) => (Func<Task>)(() => RunJobAsync(pod, i))));
        changes.AddRange(Some(staying, pods.Count * Unready).Select(pod => (Func<Task>)(() => BeUnreadyAsync(pod, 0))));
        changes.AddRange(Some(staying, pods.Count * Restarted).Select(pod => (Func<Task>)(() => BeUnreadyAsync(pod, 1))));
        changes.AddRange(Some([.. all["Deployment"]], all["Deployment"].Count() * Annotated).Select(one => (Func<Task>)(() => AnnotateAsync(one))));
        await Parallel.ForEachAsync(changes, Several, async (change, _) =>
        {
            cancellation.ThrowIfCancellationRequested();
            await change();
        });
    }

    private async Task ReplaceAsync(JsonObject pod, JsonObject set)
    {
        var current = await _api.GetAsync("Pod", Scope(pod), Name(pod));
        await WriteAsync(() => _api.DeleteAsync("Pod", Scope(pod), Name(pod), graceSeconds: 30));
        await OwnersAsync(set, -1);
        await StatusAsync(pod, Name(pod), new JsonObject { ["phase"] = "Running", ["conditions"] = Conditions(current, isReady: false) });
        await WriteAsync(() => _api.DeleteAsync("Pod", Scope(pod), Name(pod)));
        await BearAsync(pod, Name(pod)[..^5] + Guid.NewGuid().ToString("N")[..5], current);
        await OwnersAsync(set, 0);
    }

    private async Task RunJobAsync(JsonObject pod, int number)
    {
        var (name, current) = (string.Create(CultureInfo.InvariantCulture, $"job-{number}-{Name(pod)}"), await _api.GetAsync("Pod", Scope(pod), Name(pod)));
        await BearAsync(pod, name, current);
        await StatusAsync(pod, name, new JsonObject { ["phase"] = "Succeeded", ["conditions"] = Conditions(current, isReady: false) });
        await WriteAsync(() => _api.DeleteAsync("Pod", Scope(pod), name));
    }

    // From its creation to being ready, as scheduler and kubelet tell of it.
    private async Task BearAsync(JsonObject pod, string name, JsonObject like)
    {
        var born = like.DeepClone().AsObject();
        var metadata = born["metadata"]!.AsObject();
        foreach (var decided in (string[])["uid", "resourceVersion", "creationTimestamp", "managedFields", "generation", "deletionTimestamp", "deletionGracePeriodSeconds"])
            metadata.Remove(decided);
        metadata["name"] = name;
        var status = born["status"]!.DeepClone().AsObject();
        born.Remove("status");
        var node = (string)born["spec"]!["nodeName"]!;
        born["spec"]!.AsObject().Remove("nodeName");
        await WriteAsync(() => _api.CreateAsync(born));
        await WriteAsync(() => _api.BindAsync(Scope(pod), name, node));
        await StatusAsync(pod, name, new JsonObject
        {
            ["phase"] = "Pending", ["conditions"] = Conditions(like, isReady: false), ["startTime"] = status["startTime"]?.DeepClone(),
            ["hostIP"] = status["hostIP"]?.DeepClone(), ["hostIPs"] = status["hostIPs"]?.DeepClone(),
        });
        var number = Interlocked.Increment(ref _address);
        var ip = string.Create(CultureInfo.InvariantCulture, $"10.99.{number >> 8}.{number & 255}");
        (status["podIP"], status["podIPs"]) = (ip, new JsonArray(new JsonObject { ["ip"] = ip }));
        var running = status.DeepClone().AsObject();
        running["conditions"] = Conditions(like, isReady: false);
        await StatusAsync(pod, name, running);
        await StatusAsync(pod, name, status);
    }

    private async Task BeUnreadyAsync(JsonObject pod, int restarts)
    {
        var current = await _api.GetAsync("Pod", Scope(pod), Name(pod));
        var containers = current["status"]!["containerStatuses"]!.DeepClone();
        containers[0]!["restartCount"] = restarts;
        await StatusAsync(pod, Name(pod), new JsonObject { ["conditions"] = Conditions(current, isReady: false), ["containerStatuses"] = containers });
        await StatusAsync(pod, Name(pod), new JsonObject { ["conditions"] = Conditions(current, isReady: true) });
    }

    private async Task OwnersAsync(JsonObject set, int change)
    {
        var replicas = (int)set["spec"]!["replicas"]!;
        JsonObject Status() => new() { ["replicas"] = replicas, ["readyReplicas"] = replicas + change, ["availableReplicas"] = replicas + change };
        await WriteAsync(() => _api.PatchAsync("ReplicaSet", Scope(set), Name(set), new JsonObject { ["status"] = Status() }, "status"));
        if (OwnerOf(set) is "Deployment")
            await WriteAsync(() => _api.PatchAsync("Deployment", Scope(set), OwnerName(set), new JsonObject { ["status"] = Status() }, "status"));
    }

    private Task AnnotateAsync(JsonObject deployment) => WriteAsync(() => _api.PatchAsync("Deployment", Scope(deployment), Name(deployment), new JsonObject
    {
        ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { ["example.com/checked-by"] = "on-call" } },
    }));

    private Task StatusAsync(JsonObject pod, string name, JsonObject status) =>
        WriteAsync(() => _api.PatchAsync("Pod", Scope(pod), name, new JsonObject { ["status"] = status }, "status"));

    private async Task WriteAsync(Func<Task> write)
    {
        await write();
        Interlocked.Increment(ref _writes);
    }

    private static JsonNode Conditions(JsonObject pod, bool isReady)
    {
        var conditions = pod["status"]!["conditions"]!.DeepClone();
        foreach (var condition in conditions.AsArray())
            if ((string)condition!["type"]! is "Ready" or "ContainersReady") condition["status"] = isReady ? "True" : "False";
        return conditions;
    }

    // Spread evenly over all.
    private static IEnumerable<JsonObject> Some(List<JsonObject> all, double count)
    {
        var wanted = Math.Min(all.Count, (int)Math.Ceiling(count));
        return Enumerable.Range(0, wanted).Select(i => all[(int)((long)i * all.Count / wanted)]);
    }

    private static string Name(JsonObject item) => (string)item["metadata"]!["name"]!;

    private static string Scope(JsonObject item) => (string)item["metadata"]!["namespace"]!;

    private static string? OwnerOf(JsonObject item) => (string?)(item["metadata"]!["ownerReferences"] as JsonArray)?[0]!["kind"];

    private static string OwnerName(JsonObject item) => (string)item["metadata"]!["ownerReferences"]![0]!["name"]!;
}
