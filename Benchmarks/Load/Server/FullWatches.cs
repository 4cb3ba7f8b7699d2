using MetaCollector.Testing.Api;

namespace MetaCollector.Benchmarks.Load.Server;

/// <summary>
/// What the API server would send to somebody who wants whole objects in JSON: of each kind that the collector watches a watch that
/// begins with everything there is.
/// </summary>
internal sealed class FullWatches : IAsyncDisposable
{
    /// <summary>By what these watches are known.</summary>
    public const string UserAgent = "full-json";

    private readonly HttpClient _http = new() { Timeout = Timeout.InfiniteTimeSpan };
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _running = [];

    /// <summary>Begins.</summary>
    /// <param name="proxy">What counts.</param>
    /// <param name="resources">Plural names of the kinds.</param>
    public FullWatches(ApiProxy proxy, IEnumerable<string> resources)
    {
        foreach (var resource in resources)
        {
            var path = $"{ApiResource.Of(resource).Path(null)}?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
            _running.Add(ReadAsync(new Uri(proxy.Url, path)));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running);
        _http.Dispose();
        _stop.Dispose();
    }

    private async Task ReadAsync(Uri url)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, url);
            request.Headers.Add("Accept", "application/json");
            request.Headers.Add("User-Agent", UserAgent);
            using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, _stop.Token);
            answer.EnsureSuccessStatusCode();
            await using var body = await answer.Content.ReadAsStreamAsync(_stop.Token);
            await body.CopyToAsync(Stream.Null, _stop.Token);
        }
        catch (OperationCanceledException)
        {
            // Over.
        }
    }
}
