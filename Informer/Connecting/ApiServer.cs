using System.Net;
using System.Reflection;
using System.Security.Cryptography.X509Certificates;
using k8s;
using Microsoft.Extensions.Logging;

namespace MetaCollector.Informer.Connecting;

/// <summary>The API server over HTTP/2: one connection for all kinds, and credentials that are renewed as they rotate. Thread-safe.</summary>
internal sealed class ApiServer : IApiServer, IDisposable
{
    private static readonly TimeSpan LeastBetweenRenewals = TimeSpan.FromSeconds(5);

    private readonly Func<KubernetesClientConfiguration> _load;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _renewing = new(1, 1);
    private volatile Kubernetes _client;
    private long _renewedAt;

    /// <summary>Reads the configuration; connects when it is first used.</summary>
    /// <param name="load">Reads the configuration, each time anew.</param>
    /// <param name="time">Clock for the pauses between renewals.</param>
    /// <param name="logger">Told when a renewal fails.</param>
    /// <exception cref="ConnectionException">The configuration is missing or wrong.</exception>
    public ApiServer(Func<KubernetesClientConfiguration> load, TimeProvider time, ILogger logger)
    {
        (_load, _time, _logger) = (load, time, logger);
        _client = Connect(load());
        _renewedAt = time.GetTimestamp();
    }

    /// <summary>How we introduce ourselves.</summary>
    public static string UserAgent { get; } = "metacollector/" + Version();

    /// <inheritdoc/>
    public Uri Url => _client.BaseUri;

    /// <inheritdoc/>
    public async Task<HttpResponseMessage> GetAsync(string pathAndQuery, string accept, CancellationToken cancellation)
    {
        var client = _client;
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(client.BaseUri, pathAndQuery));
        request.Headers.TryAddWithoutValidation("Accept", accept);
        request.Headers.TryAddWithoutValidation("User-Agent", UserAgent);
        // Without TLS there is no negotiation, so plain HTTP stays on what every server understands.
        if (client.BaseUri.Scheme == Uri.UriSchemeHttps)
            (request.Version, request.VersionPolicy) = (HttpVersion.Version20, HttpVersionPolicy.RequestVersionOrLower);
        if (client.Credentials is { } credentials) await credentials.ProcessHttpRequestAsync(request, cancellation);
        return await client.HttpClient.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
    }

    /// <inheritdoc/>
    public async Task RenewAsync(CancellationToken cancellation)
    {
        await _renewing.WaitAsync(cancellation);
        try
        {
            if (_time.GetElapsedTime(_renewedAt) < LeastBetweenRenewals) return;
            _renewedAt = _time.GetTimestamp();
            // The old client is left to its requests in flight: they may be as good as ever, and end by themselves.
            _client = await Task.Run(() => Connect(_load()), cancellation);
        }
        catch (ConnectionException exception)
        {
            _logger.CannotRenewCredentials(exception.Message);
        }
        finally
        {
            _renewing.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _client.Dispose();
        _renewing.Dispose();
    }

    private static Kubernetes Connect(KubernetesClientConfiguration configuration)
    {
        SocketsHttpHandler? handler = null;
        configuration.FirstMessageHandlerSetup = first => handler = (SocketsHttpHandler)first;
        try
        {
            var client = new Kubernetes(configuration);
            Tune(handler!, configuration);
            return client;
        }
        catch (Exception exception) when (exception is not ConnectionException)
        {
            throw new ConnectionException(
                $"the Kubernetes configuration for {configuration.Host} cannot be used: {exception.GetBaseException().Message}", exception);
        }
    }

    private static void Tune(SocketsHttpHandler handler, KubernetesClientConfiguration configuration)
    {
        handler.AutomaticDecompression = DecompressionMethods.None;
        handler.ConnectTimeout = TimeSpan.FromSeconds(10);
        // A dead peer shows within a minute even where no bookmark is due.
        handler.KeepAlivePingDelay = TimeSpan.FromSeconds(30);
        handler.KeepAlivePingTimeout = TimeSpan.FromSeconds(20);
        if (configuration.SkipTlsVerify) return;
        // The library's own callback takes a certificate of any name for good once the chain is trusted; the platform's does not.
        var tls = handler.SslOptions;
        if (!string.IsNullOrEmpty(configuration.TlsServerName)) tls.TargetHost = configuration.TlsServerName;
        if (configuration.SslCaCerts is not { Count: > 0 } authorities) return;
        tls.RemoteCertificateValidationCallback = null;
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(authorities);
        tls.CertificateChainPolicy = policy;
    }

    private static string Version()
    {
        var version = typeof(ApiServer).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";
        var plus = version.IndexOf('+', StringComparison.Ordinal);
        return plus < 0 ? version : version[..plus];
    }
}
