using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using k8s;

namespace MetaCollector.Testing.Api;

/// <summary>Changes objects of an API server, a real one or the simulator, the way kubectl would. Thread-safe.</summary>
public sealed class ApiClient : IDisposable
{
    private readonly Kubernetes _kubernetes;

    /// <summary>Connects as <paramref name="kubeconfig"/> says.</summary>
    public ApiClient(string kubeconfig) =>
        _kubernetes = new Kubernetes(KubernetesClientConfiguration.BuildConfigFromConfigFile(kubeconfig));

    /// <summary>Creates an object and returns it as stored.</summary>
    public Task<JsonObject> CreateAsync(JsonObject item)
    {
        var (resource, scope, _) = Locate(item);
        return SendAsync(HttpMethod.Post, resource.Path(scope), item, "application/json");
    }

    /// <summary>Changes an object by merge patch, e.g. its <c>status</c> subresource.</summary>
    public Task<JsonObject> PatchAsync(string kind, string? scope, string name, JsonObject patch, string? subresource = null) =>
        SendAsync(HttpMethod.Patch, ApiResource.Of(kind).Path(scope, name, subresource), patch, "application/merge-patch+json");

    /// <summary>Sets labels; a null value removes one.</summary>
    public Task<JsonObject> LabelAsync(string kind, string? scope, string name, params (string Key, string? Value)[] labels) =>
        PatchAsync(kind, scope, name, Labelling(labels));

    /// <summary>Sets labels; ends with when the answer was there, by <see cref="Stopwatch"/>.</summary>
    public async Task<long> LabelledAtAsync(string kind, string? scope, string name, params (string Key, string? Value)[] labels)
    {
        using var answer = await AnswerAsync(HttpMethod.Patch, ApiResource.Of(kind).Path(scope, name), Labelling(labels), "application/merge-patch+json");
        var answered = Stopwatch.GetTimestamp();
        await BodyAsync(answer);
        return answered;
    }

    /// <summary>Gives a pod an address, as its kubelet would.</summary>
    public Task<JsonObject> SetPodIpAsync(string scope, string name, string ip) => PatchAsync("Pod", scope, name, new JsonObject
    {
        ["status"] = new JsonObject
        {
            ["phase"] = "Running", ["podIP"] = ip, ["podIPs"] = new JsonArray(new JsonObject { ["ip"] = ip }),
        },
    }, "status");

    /// <summary>Binds a pod to a node, as a scheduler would.</summary>
    public Task BindAsync(string scope, string pod, string node)
    {
        var binding = new JsonObject
        {
            ["apiVersion"] = "v1", ["kind"] = "Binding", ["metadata"] = new JsonObject { ["name"] = pod },
            ["target"] = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Node", ["name"] = node },
        };
        return SendAsync(HttpMethod.Post, ApiResource.Of("Pod").Path(scope, pod, "binding"), binding, "application/json");
    }

    /// <summary>Deletes an object, at once unless a grace is given, which is for kubelets. An object that is not there is no error.</summary>
    public async Task DeleteAsync(string kind, string? scope, string name, int graceSeconds = 0)
    {
        var options = new JsonObject { ["gracePeriodSeconds"] = graceSeconds, ["propagationPolicy"] = "Background" };
        using var answer = await AnswerAsync(HttpMethod.Delete, ApiResource.Of(kind).Path(scope, name), options, "application/json");
        if (answer.StatusCode != HttpStatusCode.NotFound) await BodyAsync(answer);
    }

    /// <summary>One object.</summary>
    public Task<JsonObject> GetAsync(string kind, string? scope, string name) =>
        SendAsync(HttpMethod.Get, ApiResource.Of(kind).Path(scope, name), null, null);

    /// <summary>All objects of a kind.</summary>
    public async Task<IReadOnlyList<JsonObject>> ListAsync(string kind, string? scope = null, string query = "")
    {
        var list = await SendAsync(HttpMethod.Get, ApiResource.Of(kind).Path(scope) + query, null, null);
        return [.. list["items"]!.AsArray().Select(item => item!.AsObject())];
    }

    /// <summary>Deletes all objects of a kind in a namespace at once, without grace.</summary>
    public async Task DeleteAllAsync(string kind, string scope)
    {
        var options = new JsonObject { ["gracePeriodSeconds"] = 0, ["propagationPolicy"] = "Background" };
        using var answer = await AnswerAsync(HttpMethod.Delete, ApiResource.Of(kind).Path(scope), options, "application/json");
        await BodyAsync(answer);
    }

    /// <summary>Changes an object, a subresource of it say, to this whole one.</summary>
    public Task<JsonObject> ReplaceAsync(JsonObject item, string? subresource = null)
    {
        var (resource, scope, name) = Locate(item);
        return SendAsync(HttpMethod.Put, resource.Path(scope, name, subresource), item, "application/json");
    }

    /// <summary>The answer to a question about all objects of a kind as it begins, in another encoding than JSON; e.g. a watch.</summary>
    public async Task<HttpResponseMessage> OpenAsync(string kind, string query, string accept)
    {
        var answer = await AnswerAsync(
            HttpMethod.Get, ApiResource.Of(kind).Path(null) + query, null, null, accept, HttpCompletionOption.ResponseHeadersRead);
        return answer.EnsureSuccessStatusCode();
    }

    /// <inheritdoc/>
    public void Dispose() => _kubernetes.Dispose();

    private static (ApiResource Resource, string? Namespace, string? Name) Locate(JsonObject item)
    {
        var metadata = item["metadata"]!.AsObject();
        return (ApiResource.Of((string)item["kind"]!), (string?)metadata["namespace"], (string?)metadata["name"]);
    }

    private async Task<JsonObject> SendAsync(HttpMethod method, string path, JsonObject? body, string? contentType)
    {
        using var answer = await AnswerAsync(method, path, body, contentType);
        return await BodyAsync(answer);
    }

    private async Task<HttpResponseMessage> AnswerAsync(
        HttpMethod method, string path, JsonObject? body, string? contentType, string accept = "application/json",
        HttpCompletionOption completion = HttpCompletionOption.ResponseContentRead)
    {
        using var request = new HttpRequestMessage(method, new Uri(_kubernetes.BaseUri, path));
        request.Headers.TryAddWithoutValidation("Accept", accept);
        if (body is not null) request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, contentType!);
        if (_kubernetes.Credentials is { } credentials) await credentials.ProcessHttpRequestAsync(request, default);
        return await _kubernetes.HttpClient.SendAsync(request, completion);
    }

    private static JsonObject Labelling((string Key, string? Value)[] labels)
    {
        var changes = new JsonObject();
        foreach (var (key, value) in labels) changes[key] = value;
        return new JsonObject { ["metadata"] = new JsonObject { ["labels"] = changes } };
    }

    private static async Task<JsonObject> BodyAsync(HttpResponseMessage answer)
    {
        var body = await answer.Content.ReadAsStringAsync();
        if (!answer.IsSuccessStatusCode)
            throw new InvalidOperationException($"{answer.RequestMessage!.Method} {answer.RequestMessage.RequestUri}: {(int)answer.StatusCode} {body}");
        return JsonNode.Parse(body)!.AsObject();
    }
}
