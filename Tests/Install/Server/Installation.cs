using System.Text.Json.Nodes;
using MetaCollector.Testing.Api;
using MetaCollector.Tests.Support;

namespace MetaCollector.Tests.Install.Server;

/// <summary>Objects of an installation, applied to an API server under a name of their own; gone afterwards.</summary>
internal sealed class Installation : IAsyncDisposable
{
    private readonly ApiServer _server;
    private readonly IReadOnlyList<JsonObject> _objects;

    private Installation(ApiServer server, string name, IReadOnlyList<JsonObject> objects) => (_server, Name, _objects) = (server, name, objects);

    /// <summary>Name of the namespace and of everything in it.</summary>
    public string Name { get; }

    /// <summary>The Deployment.</summary>
    public JsonObject Deployment => _objects.One("Deployment");

    /// <summary>Applies the manifest.</summary>
    /// <param name="server">The API server.</param>
    /// <param name="kinds">The kinds to apply; all where there are none.</param>
    public static Task<Installation> ApplyAsync(ApiServer server, params string[] kinds) =>
        ApplyAsync(server, name => Repository.Read("manifests/meta-collector.yaml").Replace("meta-collector", name, StringComparison.Ordinal), kinds);

    /// <summary>Applies what <paramref name="manifest"/> makes of a name.</summary>
    public static async Task<Installation> ApplyAsync(ApiServer server, Func<string, string> manifest, params string[] kinds)
    {
        var name = $"install-{Guid.NewGuid():N}"[..16];
        var objects = Manifest.Parse(manifest(name));
        var installation = new Installation(server, name, objects);
        foreach (var item in objects.Where(item => kinds.Length == 0 || kinds.Contains((string?)item["kind"])))
        {
            if (await server.ServesAsync((string)item["apiVersion"]!)) await server.CreateAsync(item);
        }

        return installation;
    }

    /// <summary>Its pods, as soon as there are as many as the Deployment wants.</summary>
    public async Task<IReadOnlyList<JsonObject>> PodsAsync(CancellationToken cancellation)
    {
        var wanted = (long)Deployment.At("spec", "replicas")!;
        while (true)
        {
            var pods = await PodsAsync();
            if (pods.Count == wanted)
            {
                foreach (var pod in pods) (pod["apiVersion"], pod["kind"]) = ("v1", "Pod");
                return pods;
            }

            await Task.Delay(100, cancellation);
        }
    }

    /// <summary>Makes its pods on a node, where no controller does.</summary>
    public async Task CreatePodsAsync(string node)
    {
        for (var i = 0; i < (long)Deployment.At("spec", "replicas")!; i++)
        {
            var template = Deployment.At("spec", "template")!.DeepClone().AsObject();
            (template["apiVersion"], template["kind"]) = ("v1", "Pod");
            (template["metadata"]!["generateName"], template["metadata"]!["namespace"]) = ($"{Name}-", Name);
            template["spec"]!["nodeName"] = node;
            await _server.CreateAsync(template);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var kind in (string[])["ClusterRoleBinding", "ClusterRole", "Deployment", "Namespace"]) await DeleteAsync(ApiServer.PathOf(_objects.One(kind)));
        foreach (var pod in await PodsAsync()) await DeleteAsync($"api/v1/namespaces/{Name}/pods/{(string?)pod.At("metadata", "name")}?gracePeriodSeconds=0");
    }

    private async Task DeleteAsync(string path)
    {
        try
        {
            await _server.SendAsync(HttpMethod.Delete, path);
        }
        catch (InvalidOperationException)
        {
            // Was not applied, or a controller was quicker.
        }
    }

    private async Task<IReadOnlyList<JsonObject>> PodsAsync() =>
        [.. (await _server.SendAsync(HttpMethod.Get, $"api/v1/namespaces/{Name}/pods"))["items"]!.AsArray().Select(pod => pod!.AsObject())];
}
