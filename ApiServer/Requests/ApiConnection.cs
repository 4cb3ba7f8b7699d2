using System.IO.Compression;
using System.Net;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MetaCollector.ApiServer.Requests;

/// <summary>
/// One connection to the API server, over HTTP/2 where the server speaks it: a long list on one connection delays no other.
/// Reconnects after a break, and renews its credentials when the server refuses them. Thread-safe.
/// </summary>
public sealed class ApiConnection : IApiServer, IDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    private readonly ApiServerAccess _access;
    private readonly TimeSpan _timeout;
    private readonly Lock _making = new();
    private volatile Channel? _channel;

    internal ApiConnection(ApiServerAccess access, TimeSpan timeout) => (_access, _timeout) = (access, timeout);

    /// <summary>The <c>User-Agent</c> header.</summary>
    public static string UserAgent { get; } = "metacollector/" + Version();

    /// <inheritdoc/>
    public Uri Url => _access.Url;

    /// <inheritdoc/>
    /// <remarks>
    /// A request that the server refuses (401), or that fails because one side refuses the other's certificate, is sent once more where the configuration has
    /// changed. A GET whose connection breaks before an answer is sent once more too.
    /// </remarks>
    public async Task<HttpResponseMessage> SendAsync(ApiRequest request, CancellationToken cancellation)
    {
        var pass = await _access.PassAsync(cancellation);
        // Each of the three happens once.
        var (mayRenew, mayShake, mayRepeat) = (true, true, true);
        while (true)
        {
            try
            {
                var response = await SendAsync(request, pass, cancellation);
                if (response.StatusCode != HttpStatusCode.Unauthorized || !mayRenew) return response;
                mayRenew = false;
                if (await _access.RenewAsync(pass, isTls: false, cancellation) is not { } renewed) return response;
                response.Dispose();
                pass = renewed;
            }
            catch (UnreachableException exception) when (exception.IsTls && mayShake)
            {
                mayShake = false;
                if (await _access.RenewAsync(pass, isTls: true, cancellation) is not { } renewed) throw;
                pass = renewed;
            }
            catch (UnreachableException exception) when (exception.InnerException is BrokenConnectionException && mayRepeat)
            {
                mayRepeat = false;
                // With TLS 1.3, a server refuses a client's certificate only after the handshake.
                var renewed = await _access.RenewAsync(pass, isTls: true, cancellation);
                if (request.Method != HttpMethod.Get) throw;
                pass = renewed ?? pass;
            }
        }
    }

    /// <summary>Sends a request and reads its answer, within the connection's timeout.</summary>
    /// <returns>The object in the answer.</returns>
    /// <exception cref="ApiException">The server refused.</exception>
    /// <exception cref="TimeoutException">No answer came in time; a write may have happened or not.</exception>
    /// <exception cref="UnreachableException">No answer came.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    public async Task<JsonObject> CallAsync(ApiRequest request, CancellationToken cancellation)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(_timeout);
        try
        {
            using var response = await SendAsync(request, deadline.Token);
            if (!response.IsSuccessStatusCode) throw await ApiException.FromAsync(response, deadline.Token);
            await using var body = await response.Content.ReadAsStreamAsync(deadline.Token);
            return (await JsonNode.ParseAsync(body, cancellationToken: deadline.Token)) as JsonObject
                ?? throw new JsonException($"{Url} answered with no object: is it an API server?");
        }
        catch (Exception exception) when (deadline.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            // The network may drop this connection's packets: the next call opens another.
            _channel = null;
            throw new TimeoutException($"The API server did not answer within {_timeout.TotalSeconds:0.#} s", exception);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _channel?.Invoker.Dispose();

    private async Task<HttpResponseMessage> SendAsync(ApiRequest request, Pass pass, CancellationToken cancellation)
    {
        var asksCompressed = request.MayBeCompressed && pass.Settings.MayCompress;
        using var message = MessageOf(request, pass, asksCompressed);
        try
        {
            var response = await ChannelFor(pass).Invoker.SendAsync(message, cancellation);
            _access.Metrics.Requested(request, (int)response.StatusCode);
            if (asksCompressed) await DecompressAsync(response, cancellation);
            return response;
        }
        catch (Exception exception)
        {
            _access.Metrics.Requested(request, 0);
            if (cancellation.IsCancellationRequested) throw;
            throw Unreachable(exception, pass);
        }
    }

    private static HttpRequestMessage MessageOf(ApiRequest request, Pass pass, bool asksCompressed)
    {
        var message = new HttpRequestMessage(request.Method, new Uri(pass.Settings.Server, request.Path));
        message.Headers.TryAddWithoutValidation("Accept", request.Accept);
        message.Headers.TryAddWithoutValidation("User-Agent", UserAgent);
        if (asksCompressed) message.Headers.TryAddWithoutValidation("Accept-Encoding", "gzip");
        if (pass.Credential.Authorization is { } authorization) message.Headers.TryAddWithoutValidation("Authorization", authorization);
        foreach (var (name, value) in pass.Settings.User.Impersonation) message.Headers.TryAddWithoutValidation(name, value);
        // Without TLS the two sides cannot negotiate HTTP/2, so plaintext stays at HTTP/1.1.
        if (pass.Settings.Server.Scheme == Uri.UriSchemeHttps)
            (message.Version, message.VersionPolicy) = (HttpVersion.Version20, HttpVersionPolicy.RequestVersionOrLower);
        if (request.Body is { } body)
        {
            message.Content = new ReadOnlyMemoryContent(body);
            message.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        }

        return message;
    }

    // Requests under way stay on the channel before, and end by themselves.
    private Channel ChannelFor(Pass pass)
    {
        if (_channel is { } at && Fits(at)) return at;
        // The readers of all kinds begin at the same moment, and share one channel.
        lock (_making)
        {
            if (_channel is { } made && Fits(made)) return made;
            var timeout = _timeout > TimeSpan.Zero && _timeout < ConnectTimeout ? _timeout : ConnectTimeout;
            return _channel = new Channel(pass.Settings, pass.Identity, new HttpMessageInvoker(_access.HandlerFor(pass, timeout)));
        }

        bool Fits(Channel known) => ReferenceEquals(known.Settings, pass.Settings) && ReferenceEquals(known.Identity, pass.Identity);
    }

    private static async Task DecompressAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        if (!response.Content.Headers.ContentEncoding.Contains("gzip", StringComparer.OrdinalIgnoreCase)) return;
        var content = new StreamContent(new GZipStream(await response.Content.ReadAsStreamAsync(cancellation), CompressionMode.Decompress));
        content.Headers.ContentType = response.Content.Headers.ContentType;
        response.Content = content;
    }

    private static UnreachableException Unreachable(Exception exception, Pass pass)
    {
        for (var inner = exception; inner is not null; inner = inner.InnerException!)
        {
            if (inner is UnreachableException known) return new(known.Message, exception, known.IsTls);
        }

        if (exception is OperationCanceledException or HttpRequestException { InnerException: TimeoutException })
        {
            var peer = pass.Settings.Proxy is { } asked ? $"the {asked}" : $"{pass.Settings.Server.Host}:{pass.Settings.Server.Port}";
            return new($"no connection to {peer} in time", exception);
        }

        var by = pass.Settings.Proxy is { } proxy ? $" (through the {proxy})" : "";
        return new($"the connection broke: {exception.GetBaseException().Message}{by}", new BrokenConnectionException(exception));
    }

    private static string Version()
    {
        var version = typeof(ApiConnection).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";
        var plus = version.IndexOf('+', StringComparison.Ordinal);
        return plus < 0 ? version : version[..plus];
    }

    private sealed record Channel(Configuration.ConnectionSettings Settings, Tls.TlsIdentity Identity, HttpMessageInvoker Invoker);

    // The connection was open and broke: a server or load balancer restarted or closed it.
    private sealed class BrokenConnectionException(Exception inner) : IOException(inner.Message, inner);
}
