using System.Net.Http.Headers;
using System.Text;
using k8s;
using k8s.Authentication;
using MetaCollector.Simulator;
using MetaCollector.Simulator.Documents;
using Xunit;

namespace MetaCollector.Tests.Support;

/// <summary>A client of an API server with nothing between the test and the wire.</summary>
internal sealed class RawClient : IDisposable
{
    public const string Pods = "/api/v1/namespaces/default/pods";
    public const string ConfigMaps = "/api/v1/namespaces/default/configmaps";

    private readonly HttpClient _http;
    private readonly Uri _server;
    private readonly ServiceClientCredentials? _credentials;

    /// <summary>Asks in cleartext, or of what needs no more than that.</summary>
    public RawClient(string url) => (_http, _server) = (new HttpClient(), new Uri(url));

    public RawClient(ApiServerSimulator simulator)
        : this(simulator.Url)
    {
    }

    /// <summary>Asks a server as a kubeconfig says.</summary>
    public RawClient(Kubernetes server) => (_http, _server, _credentials) = (server.HttpClient, server.BaseUri, server.Credentials);

    public static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public string? Token { get; set; }

    public Task<Answer> SendAsync(string method, string path, string? body = null, string? contentType = "application/json", string? accept = null) =>
        SendAsync(method, path, body is null ? null : Encoding.UTF8.GetBytes(body), contentType, accept);

    public async Task<Answer> SendAsync(string method, string path, byte[]? body, string? contentType, string? accept = null)
    {
        using var request = await RequestAsync(method, path, accept);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.ContentType = contentType is null ? null : MediaTypeHeaderValue.Parse(contentType);
        }

        using var response = await _http.SendAsync(request, Cancellation);
        return new Answer((int)response.StatusCode, response.Content.Headers.ContentType?.ToString() ?? "",
            await response.Content.ReadAsByteArrayAsync(Cancellation), response.Headers.RetryAfter?.Delta, response.Version);
    }

    public Task<Answer> GetAsync(string path, string? accept = null) => SendAsync("GET", path, accept: accept);

    public Task<Answer> PostAsync(string path, string body) => SendAsync("POST", path, body);

    public Task<Answer> MergeAsync(string path, string body) => SendAsync("PATCH", path, body, "application/merge-patch+json");

    public async Task<WatchReader> WatchAsync(string path, string query = "", string? accept = null)
    {
        using var request = await RequestAsync("GET", $"{path}?watch=true&{query}", accept);
        var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation);
        return new WatchReader(response, await response.Content.ReadAsStreamAsync(Cancellation));
    }

    /// <summary>Deletes an object whatever became of the test.</summary>
    public async Task DeleteAnywayAsync(string path)
    {
        using var request = await RequestAsync("DELETE", path, null);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        using var answer = await _http.SendAsync(request, patience.Token);
    }

    public void Dispose() => _http.Dispose();

    private async Task<HttpRequestMessage> RequestAsync(string method, string path, string? accept)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), new Uri(_server, path));
        if (accept is not null)
        {
            request.Headers.TryAddWithoutValidation("Accept", accept);
        }

        if (Token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        }
        else if (_credentials is not null)
        {
            await _credentials.ProcessHttpRequestAsync(request, Cancellation);
        }

        return request;
    }
}

/// <summary>What the server said.</summary>
internal sealed record Answer(int Code, string ContentType, byte[] Body, TimeSpan? RetryAfter, Version Protocol)
{
    public Json Json => Json.Parse(Body);

    public string Reason => Json["reason"]?.Text ?? "";

    public string Message => Json["message"]?.Text ?? "";

    public string? Version => Json.At("metadata", "resourceVersion")?.Text;

    public string? Continue => Json.At("metadata", "continue")?.Text;

    public IReadOnlyList<string> Names => [.. Json["items"]!.Items.Select(item => item.At("metadata", "name")!.Text!)];
}
