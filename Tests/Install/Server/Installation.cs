using System.Text.Json.Nodes;
using MetaCollector.Testing.Api;

namespace MetaCollector.Tests.Install.Server;

/// <summary>The manifest, applied to a real API server under a name of its own; gone afterwards.</summary>
internal sealed class Installation : IAsyncDisposable
{
    private readonly ApiServer _server;
    private readonly IReadOnlyList<JsonObject> _objects;

    private Installation(ApiServer server, string name, IReadOnlyList<JsonObject> objects) => (_server, Name, _objects) = (server, name, objects);

    /// <summary>Name of the namespace and of everything in it.</summary>
    public string Name { get; }

    /// <summary>What was applied.</summary>
    public JsonObject Deployment => _objects.One("Deployment");

    /// <summary>Applies it.</summary>
    /// <param name="server">The API server.</param>
    /// <param name="kinds">The kinds to apply; all where there are none.</param>
    public static async Task<Installation> ApplyAsync(ApiServer server, params string[] kinds)
    {
        var name = $"install-{Guid.NewGuid():N}"[..16];
        var objects = Manifest.Parse(Repository.Read("manifests/meta-collector.yaml").Replace("meta-collector", name, StringComparison.Ordinal));
        var installation = new Installation(server, name, objects);
        foreach (var item in objects.Where(item => kinds.Length == 0 || kinds.Contains((string?)item["kind"]))) await server.CreateAsync(item);
        return installation;
    }

    /// <summary>Its pods.</summary>
    public async Task<IReadOnlyList<JsonObject>> PodsAsync() =>
        [.. (await _server.SendAsync(HttpMethod.Get, $"api/v1/namespaces/{Name}/pods"))["items"]!.AsArray().Select(pod => pod!.AsObject())];

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var kind in (string[])["ClusterRoleBinding", "ClusterRole", "Deployment", "Namespace"])
        {
            try
            {
                await _server.SendAsync(HttpMethod.Delete, ApiServer.PathOf(_objects.One(kind)));
            }
            catch (InvalidOperationException)
            {
                // Was not applied.
            }
        }

        foreach (var pod in await PodsAsync())
            await _server.SendAsync(HttpMethod.Delete, $"api/v1/namespaces/{Name}/pods/{(string?)pod.At("metadata", "name")}?gracePeriodSeconds=0");
    }
}
