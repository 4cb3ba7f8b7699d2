using System.Text.Json.Nodes;
using MetaCollector.Testing.Processes;
using Xunit;

namespace MetaCollector.Tests.Install.Server;

/// <summary>
/// Stands in for kubelet and scheduler: binds a pod to a node, runs its container's command line with its environment as a local
/// process, asks its probes, and reports its status. A pod's own network is a loopback address of its own, the image's root a folder
/// with the links that the Dockerfile makes.
/// </summary>
internal sealed class KubeletStandIn(ApiServer server, string node, string token) : IAsyncDisposable
{
    private readonly HttpClient _http = new();
    private readonly string _folder = FolderWithImage();
    private readonly List<ChildProcess> _processes = [];

    /// <summary>Runs a pod until it is ready.</summary>
    /// <returns>Its address, and its process.</returns>
    public async Task<(string Ip, ChildProcess Process)> RunAsync(JsonObject pod, CancellationToken cancellation)
    {
        var path = ApiServer.PathOf(pod);
        if (pod.At("spec", "nodeName") is null) await BindAsync(pod, path);
        // 127.0.0.0/8 is the machine's own: one address a pod, so that all may use the same ports.
        var ip = $"127.{Random.Shared.Next(1, 255)}.{Random.Shared.Next(1, 255)}.{Random.Shared.Next(2, 255)}";
        await ReportAsync(path, ip, isReady: false);

        var process = Start(pod, ip, await MountAsync(pod));
        foreach (var probe in (string[])["startupProbe", "livenessProbe", "readinessProbe"]) await AnswersAsync(probe);
        await ReportAsync(path, ip, isReady: true);
        return (ip, process);

        async Task AnswersAsync(string probe)
        {
            if (pod.At("spec", "containers", "0", probe, "httpGet") is not { } get) return;
            var address = new Uri($"http://{ip}:{(long)get.At("port")!}{(string)get.At("path")!}");
            while (!await AsksAsync(address, cancellation))
            {
                if (process.HasExited || cancellation.IsCancellationRequested)
                    throw new InvalidOperationException($"{probe}: {(process.HasExited ? "the process ended" : "no success in time")}:\n{process.Tail}");
                await Task.Delay(50, CancellationToken.None);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes) await process.DisposeAsync();
        _http.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    // Secrets as files; each folder by the path at which the container expects it.
    private async Task<IReadOnlyDictionary<string, string>> MountAsync(JsonObject pod)
    {
        var folders = new Dictionary<string, string>();
        foreach (var mount in pod.At("spec", "containers", "0", "volumeMounts")?.AsArray() ?? [])
        {
            var volume = pod.At("spec", "volumes")!.AsArray().First(volume => (string)volume!["name"]! == (string)mount!["name"]!)!;
            if ((string?)volume.At("secret", "secretName") is not { } name) continue;
            var secret = await server.SendAsync(HttpMethod.Get, $"api/v1/namespaces/{(string)pod.At("metadata", "namespace")!}/secrets/{name}");
            var folder = Directory.CreateDirectory(Path.Combine(_folder, (string)pod.At("metadata", "name")!, name)).FullName;
            foreach (var (file, content) in secret["data"]!.AsObject())
                await File.WriteAllBytesAsync(Path.Combine(folder, file), Convert.FromBase64String((string)content!));
            folders[(string)mount!["mountPath"]!] = folder;
        }

        return folders;
    }

    private ChildProcess Start(JsonObject pod, string ip, IReadOnlyDictionary<string, string> mounted)
    {
        var container = pod.At("spec", "containers", "0")!;
        var environment = (container["env"]?.AsArray() ?? []).ToDictionary(variable => (string)variable!["name"]!, variable => Value(pod, variable!, ip));
        // What the pod's own network, and the token mounted in it, would do.
        var kubeconfig = Path.Combine(_folder, "kubeconfig");
        server.WriteKubeconfig(kubeconfig, token);
        environment["METACOLLECTOR_KUBECONFIG"] = kubeconfig;
        environment["METACOLLECTOR_BROKER_BIND_ADDRESS"] = $"{ip}:45000";
        environment["METACOLLECTOR_METRICS_BIND_ADDRESS"] = $"{ip}:8080";
        environment["METACOLLECTOR_HEALTH_PROBE_BIND_ADDRESS"] = $"{ip}:8081";

        // Inspect and the dashboard would be on the pod's own loopback: here all pods share one.
        environment["METACOLLECTOR_INSPECT_BIND_ADDRESS"] = $"{ip}:8083";
        if (!container["args"].Strings().Any(argument => argument.StartsWith("--dashboard-bind-address=", StringComparison.Ordinal)))
            environment["METACOLLECTOR_DASHBOARD_BIND_ADDRESS"] = $"{ip}:8082";

        var process = ChildProcess.Start(
            $"{_folder}/image{Assert.Single(container["command"].Strings())}",
            container["args"].Strings().Select(argument => mounted.Aggregate(
                argument.Replace("=127.0.0.1:", $"={ip}:", StringComparison.Ordinal),
                (text, mount) => text.Replace(mount.Key, mount.Value, StringComparison.Ordinal))), environment);
        _processes.Add(process);
        return process;
    }

    /// <summary>A folder with the image's root in it, as the Dockerfile lays it out: the program in /app, and links to it.</summary>
    private static string FolderWithImage()
    {
        var folder = Directory.CreateTempSubdirectory("kubelet-").FullName;
        var root = Directory.CreateDirectory(Path.Combine(folder, "image")).FullName;
        Directory.CreateSymbolicLink(Path.Combine(root, "app"), AppContext.BaseDirectory);
        foreach (var (link, target) in DockerfileTests.Links()) File.CreateSymbolicLink(Path.Combine(root, link), target);
        return folder;
    }

    private static string Value(JsonObject pod, JsonNode variable, string ip) => (string?)variable.At("valueFrom", "fieldRef", "fieldPath") switch
    {
        null => (string)variable["value"]!,
        "status.podIP" => ip,
        var path => (string)pod.At(path.Split('.'))!,
    };

    private async Task<bool> AsksAsync(Uri address, CancellationToken cancellation)
    {
        try
        {
            using var answer = await _http.GetAsync(address, cancellation);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }

    private Task<JsonObject> BindAsync(JsonObject pod, string path) => server.SendAsync(HttpMethod.Post, $"{path}/binding", new JsonObject
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Binding",
        ["metadata"] = new JsonObject { ["name"] = (string?)pod.At("metadata", "name") },
        ["target"] = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Node", ["name"] = node },
    }, "application/json");

    private Task<JsonObject> ReportAsync(string path, string ip, bool isReady) => server.SendAsync(HttpMethod.Patch, $"{path}/status", new JsonObject
    {
        ["status"] = new JsonObject
        {
            ["phase"] = "Running",
            ["podIP"] = ip,
            ["podIPs"] = new JsonArray(new JsonObject { ["ip"] = ip }),
            ["conditions"] = new JsonArray(new JsonObject { ["type"] = "Ready", ["status"] = isReady ? "True" : "False" }),
        },
    });
}
