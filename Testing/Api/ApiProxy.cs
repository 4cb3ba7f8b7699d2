using System.Text;
using k8s;
using MetaCollector.Simulator;
using MetaCollector.Simulator.Api;
using MetaCollector.Simulator.Encodings;
using MetaCollector.Simulator.Faults;
using MetaCollector.Simulator.Hosting;
using MetaCollector.Simulator.Http;
using MetaCollector.Simulator.Traffic;
using Microsoft.AspNetCore.Http;

namespace MetaCollector.Testing.Api;

/// <summary>
/// Stands before API servers, real or simulated, on a port of its own, in cleartext: counts, and does what goes wrong on the way there. One
/// address for several servers, as a load balancer is. Asks for nothing compressed, so that bytes are those of what is said. Thread-safe.
/// </summary>
public sealed class ApiProxy : IAsyncDisposable
{
    private static readonly string[] Taken = ["Accept", "User-Agent"];

    private readonly Kubernetes[] _servers;
    private readonly OpenWatches _watches = new();
    private KestrelHost? _host;
    private volatile int _holdBack;
    private volatile int _server;

    private ApiProxy(IEnumerable<KubernetesClientConfiguration> servers)
    {
        _servers = [.. servers.Select(server => new Kubernetes(server))];
        Faults = new FaultInjection(_watches, TimeProvider.System);
    }

    /// <summary>What came through. Whoever made a request is known by its user agent.</summary>
    public RequestLog Requests { get; } = new();

    /// <summary>
    /// What goes wrong on the way: watches that are cut, ended or frozen, refusals, delays, watches that are told 410 when they start. Needs nothing of the
    /// servers. An ERROR inside a watch that is open, and what happens within a list, only the simulator can do.
    /// </summary>
    public FaultInjection Faults { get; }

    /// <summary>Answers are held back until so many bytes are there, or the answer ends. Default: 0, nothing is held back.</summary>
    public int HoldBack { get => _holdBack; set => _holdBack = value; }

    /// <summary>Which of the servers answers from now on. Default: 0, the first.</summary>
    public int Server { get => _server; set => _server = value; }

    /// <summary>Where it listens.</summary>
    public Uri Url => new($"http://127.0.0.1:{_host!.Port}/");

    /// <summary>A kubeconfig that leads here.</summary>
    public string Kubeconfig => Simulator.Hosting.Kubeconfig.Write(Url.ToString().TrimEnd('/'), null, null);

    /// <summary>Begins to listen before a real server.</summary>
    /// <param name="kubeconfig">File for the server, whose credentials everybody gets who comes this way.</param>
    /// <param name="cancellation">Gives up.</param>
    public static Task<ApiProxy> StartAsync(string kubeconfig, CancellationToken cancellation) =>
        StartAsync([KubernetesClientConfiguration.BuildConfigFromConfigFile(kubeconfig)], cancellation);

    /// <summary>Begins to listen before simulated servers.</summary>
    public static Task<ApiProxy> StartAsync(IEnumerable<ApiServerSimulator> servers, CancellationToken cancellation) => StartAsync(
        servers.Select(server => KubernetesClientConfiguration.BuildConfigFromConfigFile(new MemoryStream(Encoding.UTF8.GetBytes(server.Kubeconfig)))), cancellation);

    /// <summary>Writes <see cref="Kubeconfig"/> to a file.</summary>
    public Task WriteKubeconfigAsync(string path, CancellationToken cancellation) => File.WriteAllTextAsync(path, Kubeconfig, cancellation);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Faults.CutWatches();
        if (_host is not null) await _host.DisposeAsync();
        foreach (var server in _servers) server.Dispose();
    }

    private static async Task<ApiProxy> StartAsync(IEnumerable<KubernetesClientConfiguration> servers, CancellationToken cancellation)
    {
        var proxy = new ApiProxy(servers);
        proxy._host = await KestrelHost.StartAsync(proxy.ForwardAsync, 0, null, cancellation);
        return proxy;
    }

    private async Task ForwardAsync(HttpContext context)
    {
        var counted = ApiPipeline.Record(context, RequestTarget.Parse(context.Request.Path.Value ?? "/"), "", TimeProvider.System.GetUtcNow());
        Requests.Add(counted);
        try
        {
            await Faults.BeforeAnswerAsync(counted.Verb, counted.Resource, context.RequestAborted);
            if (Resumes(context, counted) && Faults.TakeExpiry(counted.Resource))
            {
                await TellExpiredAsync(context, counted);
                return;
            }

            using var answer = await AnswerAsync(context);
            context.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
            if (answer.Headers.RetryAfter is { } later) context.Response.Headers.RetryAfter = later.ToString();
            counted.Code = context.Response.StatusCode = (int)answer.StatusCode;
            // The headers go at once, whatever is held back.
            await context.Response.StartAsync(context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            await CopyAsync(context, answer, counted);
        }
        catch (ApiException refusal)
        {
            await Answers.Error(context, counted, refusal);
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

    private static bool Resumes(HttpContext context, RequestRecord counted) =>
        counted.Verb == "watch" && context.Request.Query["resourceVersion"].ToString() is not ("" or "0");

    private static async Task TellExpiredAsync(HttpContext context, RequestRecord counted)
    {
        var media = Negotiation.Choose(context.Request.Headers.Accept, list: false);
        var status = ApiException.Expired("too old resource version").Status;
        Answers.Begin(context, counted, 200, media.StreamContentType);
        counted.Add(WatchFrames.Write(
            context.Response.BodyWriter, media.Format, "ERROR"u8, media.Format == WireFormat.Json ? status.ToUtf8() : Envelope.OfStatus(status)));
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    private async Task CopyAsync(HttpContext context, HttpResponseMessage answer, RequestRecord counted)
    {
        await using var body = await answer.Content.ReadAsStreamAsync(context.RequestAborted);
        using var watch = new ProxiedAnswer(counted, body, context, () => _holdBack);
        long? id = counted is { Verb: "watch", Code: 200 } ? _watches.Add(watch) : null;
        try
        {
            await watch.CopyAsync();
        }
        finally
        {
            if (id is { } open) _watches.Remove(open);
        }
    }

    private async Task<HttpResponseMessage> AnswerAsync(HttpContext context)
    {
        var server = _servers[_server];
        var asked = context.Request;
        using var request = new HttpRequestMessage(new HttpMethod(asked.Method), new Uri(server.BaseUri, asked.Path.Value + asked.QueryString))
        {
            Version = System.Net.HttpVersion.Version20,
        };
        foreach (var name in Taken) request.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)asked.Headers[name]);
        if (asked.ContentLength > 0 || asked.ContentType is not null)
        {
            request.Content = new StreamContent(asked.Body);
            request.Content.Headers.TryAddWithoutValidation("Content-Type", asked.ContentType);
        }

        if (server.Credentials is { } credentials) await credentials.ProcessHttpRequestAsync(request, context.RequestAborted);
        return await server.HttpClient.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, context.RequestAborted);
    }
}
