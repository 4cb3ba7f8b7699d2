using System.Net.Http.Headers;
using System.Text;
using MetaCollector.Simulator;
using MetaCollector.Simulator.Documents;
using Xunit;

namespace MetaCollector.Tests.Simulator;

/// <summary>A client of the simulator with nothing between the test and the wire.</summary>
internal sealed class ApiClient(string url) : IDisposable
{
    public ApiClient(ApiServerSimulator simulator)
        : this(simulator.Url)
    {
    }

    public const string Pods = "/api/v1/namespaces/default/pods";
    public const string ConfigMaps = "/api/v1/namespaces/default/configmaps";

    private readonly HttpClient _http = new() { BaseAddress = new Uri(url) };

    public static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public string? Token { get; set; }

    public async Task<Answer> SendAsync(string method, string path, string? body = null, string? contentType = "application/json", string? accept = null)
    {
        using var request = Request(method, path, accept);
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8);
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
        var request = Request("GET", $"{path}?watch=true&{query}", accept);
        var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation);
        return new WatchReader(response, await response.Content.ReadAsStreamAsync(Cancellation));
    }

    public void Dispose() => _http.Dispose();

    private HttpRequestMessage Request(string method, string path, string? accept)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (accept is not null)
        {
            request.Headers.TryAddWithoutValidation("Accept", accept);
        }

        if (Token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token);
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
