using k8s;
using MetaCollector.Simulator.Hosting;
using MetaCollector.Simulator.Http;
using MetaCollector.Simulator.Traffic;
using Microsoft.AspNetCore.Http;

namespace MetaCollector.Benchmarks.Load.Server;

/// <summary>
/// Stands between a collector and a real API server on a port of its own, in cleartext, and counts. Asks for nothing compressed, so
/// that bytes are those of what is said, whoever asks.
/// </summary>
internal sealed class CountingProxy : IAsyncDisposable
{
    private const int ChunkSize = 64 * 1024;

    private static readonly string[] Taken = ["Accept", "User-Agent"];

    private readonly Kubernetes _server;
    private KestrelHost? _host;

    private CountingProxy(string kubeconfig) => _server = new Kubernetes(KubernetesClientConfiguration.BuildConfigFromConfigFile(kubeconfig));

    /// <summary>What came through. Whoever made a request is known by its user agent.</summary>
    public RequestLog Requests { get; } = new();

    /// <summary>Where it listens.</summary>
    public Uri Url => new($"http://127.0.0.1:{_host!.Port}/");

    /// <summary>Begins to listen.</summary>
    /// <param name="kubeconfig">Of the API server, whose credentials everybody gets who comes this way.</param>
    /// <param name="written">File for a kubeconfig that leads here.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<CountingProxy> StartAsync(string kubeconfig, string written, CancellationToken cancellation)
    {
        var proxy = new CountingProxy(kubeconfig);
        proxy._host = await KestrelHost.StartAsync(proxy.ForwardAsync, 0, null, cancellation);
        await File.WriteAllTextAsync(written, Kubeconfig.Write(proxy.Url.ToString().TrimEnd('/'), null, null), cancellation);
        return proxy;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_host is not null) await _host.DisposeAsync();
        _server.Dispose();
    }

    private async Task ForwardAsync(HttpContext context)
    {
        var counted = ApiPipeline.Record(context, RequestTarget.Parse(context.Request.Path.Value ?? "/"), "", TimeProvider.System.GetUtcNow());
        Requests.Add(counted);
        try
        {
            using var answer = await AnswerAsync(context);
            counted.Code = context.Response.StatusCode = (int)answer.StatusCode;
            context.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
            if (answer.Headers.RetryAfter is { } later) context.Response.Headers.RetryAfter = later.ToString();
            await context.Response.StartAsync(context.RequestAborted);
            await using var body = await answer.Content.ReadAsStreamAsync(context.RequestAborted);
            var chunk = new byte[ChunkSize];
            while (await body.ReadAsync(chunk, context.RequestAborted) is > 0 and var count)
            {
                counted.Add(count);
                await context.Response.Body.WriteAsync(chunk.AsMemory(0, count), context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or HttpRequestException)
        {
            context.Abort();
        }
        finally
        {
            Requests.Finish(counted);
        }
    }

    private async Task<HttpResponseMessage> AnswerAsync(HttpContext context)
    {
        var asked = context.Request;
        using var request = new HttpRequestMessage(new HttpMethod(asked.Method), new Uri(_server.BaseUri, asked.Path.Value + asked.QueryString))
        {
            Version = System.Net.HttpVersion.Version20,
        };
        foreach (var name in Taken) request.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)asked.Headers[name]);
        if (asked.ContentLength > 0 || asked.ContentType is not null)
        {
            request.Content = new StreamContent(asked.Body);
            request.Content.Headers.TryAddWithoutValidation("Content-Type", asked.ContentType);
        }

        if (_server.Credentials is { } credentials) await credentials.ProcessHttpRequestAsync(request, context.RequestAborted);
        return await _server.HttpClient.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, context.RequestAborted);
    }
}
