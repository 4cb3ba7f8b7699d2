using System.Diagnostics.Metrics;
using System.Net;
using MetaCollector.ApiServer.Configuration;
using MetaCollector.ApiServer.Credentials;
using MetaCollector.ApiServer.Requests;
using MetaCollector.ApiServer.Tls;
using Microsoft.Extensions.Logging;

namespace MetaCollector.ApiServer;

/// <summary>
/// The one place that knows how to reach the API server. Informer, membership and Lease get their connections here, and share what one of them finds out:
/// a new authority, certificate or token. Thread-safe.
/// </summary>
public sealed class ApiServerAccess : IDisposable
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan BetweenReads = TimeSpan.FromSeconds(1);

    private readonly Func<ConnectionSettings> _load;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Func<ConnectionSettings, HttpMessageHandler>? _handlers;
    private readonly SemaphoreSlim _renewing = new(1, 1);
    private readonly Lock _lock = new();
    private volatile Session _session;
    private (TlsIdentity Identity, Session Session, object? Given)? _identity;
    private long? _lookedAt;
    private long? _readAt;
    private string? _told;

    /// <summary>Reads the configuration; connects when it is first used.</summary>
    /// <param name="load">Reads the configuration, each time anew.</param>
    /// <param name="meters">Makes the meter that counts requests.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">The log.</param>
    /// <exception cref="ConnectionException">The configuration is missing or wrong.</exception>
    public ApiServerAccess(Func<ConnectionSettings> load, IMeterFactory meters, TimeProvider time, ILogger<ApiServerAccess> log)
        : this(load, meters, time, log, handlers: null)
    {
    }

    /// <summary>The same; <paramref name="handlers"/> stand in for the network in tests.</summary>
    internal ApiServerAccess(
        Func<ConnectionSettings> load, IMeterFactory meters, TimeProvider time, ILogger log, Func<ConnectionSettings, HttpMessageHandler>? handlers)
    {
        (_load, _time, _log, _handlers) = (load, time, log, handlers);
        Metrics = new RequestMetrics(meters);
        _session = new Session(load(), time);
        if (_session.Settings.SkipTlsVerify) Log.NotVerified(log, _session.Settings.Server);
        if (_session.Settings.Proxy is { } proxy) Log.ByProxy(log, _session.Settings.Server, proxy.ToString());
    }

    /// <summary>Where the server is, for messages.</summary>
    public Uri Url => _session.Settings.Server;

    internal RequestMetrics Metrics { get; }

    /// <summary>How connections are kept.</summary>
    internal KeepAlive KeepAlive { get; init; } = KeepAlive.OfEnvironment;

    /// <summary>Makes a connection that the caller owns.</summary>
    /// <param name="timeout">How long a call may take; infinite by default, for lists and watches.</param>
    public ApiConnection Connect(TimeSpan? timeout = null) => new(this, timeout ?? Timeout.InfiniteTimeSpan);

    /// <inheritdoc/>
    public void Dispose()
    {
        _renewing.Dispose();
        _session.Dispose();
    }

    /// <summary>The settings, certificates and credentials for a request that is sent now.</summary>
    /// <exception cref="UnreachableException">No credentials can be got.</exception>
    internal async ValueTask<Pass> PassAsync(CancellationToken cancellation)
    {
        var session = _session;
        try
        {
            var credential = await session.Credentials.GetAsync(cancellation);
            return new Pass(session.Settings, IdentityOf(session, credential), credential);
        }
        catch (ConnectionException exception)
        {
            throw new UnreachableException(exception.Message, exception);
        }
    }

    /// <summary>Reads configuration and credentials anew, after the server refused the request or this client the server's certificate.</summary>
    /// <param name="refused">What the request was sent with.</param>
    /// <param name="isTls">Whether the TLS handshake failed.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>What to send the request with again; null where nothing has changed.</returns>
    internal async Task<Pass?> RenewAsync(Pass refused, bool isTls, CancellationToken cancellation)
    {
        await _renewing.WaitAsync(cancellation);
        try
        {
            if (ReferenceEquals(_session.Settings, refused.Settings))
            {
                // A failed handshake is no reason to replace a token: the server has not seen it.
                if (!isTls || refused.Credential.Certificate is not null) _session.Credentials.Refused(refused.Credential);
                lock (_lock) _lookedAt = null;
                if (_readAt is not { } at || _time.GetElapsedTime(at) >= BetweenReads) await Task.Run(ReadAgain, cancellation);
            }
        }
        catch (ConnectionException exception)
        {
            Log.CannotRenew(_log, exception.Message);
        }
        finally
        {
            _renewing.Release();
        }

        var next = await PassAsync(cancellation);
        return ReferenceEquals(next.Settings, refused.Settings) && ReferenceEquals(next.Identity, refused.Identity) && next.Credential == refused.Credential
            ? null
            : next;
    }

    /// <summary>Makes the handler that sends requests.</summary>
    internal HttpMessageHandler HandlerFor(Pass pass, TimeSpan connectTimeout)
    {
        var settings = pass.Settings;
        if (_handlers is not null) return _handlers(settings);
        var dialer = new Dialer(settings, pass.Identity, KeepAlive.OffersHttp2);
        var handler = new SocketsHttpHandler
        {
            UseCookies = false,
            UseProxy = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = connectTimeout,
            // Pings find a dead server within a minute, even on a watch that is due no bookmark.
            KeepAlivePingDelay = KeepAlive.Delay,
            KeepAlivePingTimeout = KeepAlive.Timeout,
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            InitialHttp2StreamWindowSize = KeepAlive.StreamWindow,
        };
        if (settings.Proxy is { IsSocks: false } proxy && settings.Server.Scheme != Uri.UriSchemeHttps)
        {
            // Few proxies open a tunnel (CONNECT) for anything but TLS, so a plaintext request is sent to the proxy itself.
            handler.UseProxy = true;
            handler.Proxy = new WebProxy(proxy.Url) { Credentials = proxy.Account is var (user, password) ? new NetworkCredential(user, password) : null };
        }
        else
        {
            handler.ConnectCallback = (_, cancellation) => dialer.DialAsync(cancellation);
        }

        return handler;
    }

    private void ReadAgain()
    {
        _readAt = _time.GetTimestamp();
        var settings = _load();
        // With the same configuration the session stays, and with it the credentials that it has got.
        if (settings.Text != _session.Settings.Text) _session = new Session(settings, _time);
    }

    private TlsIdentity IdentityOf(Session session, Credential credential)
    {
        lock (_lock)
        {
            if (_identity is var (known, of, given) && ReferenceEquals(of, session) && ReferenceEquals(given, credential.Certificate?.Certificate))
            {
                if (_lookedAt is { } at && _time.GetElapsedTime(at) < BetweenLooks) return known;
                _lookedAt = _time.GetTimestamp();
                try
                {
                    known = TlsIdentity.Of(session.Settings, credential.Certificate, known);
                    _told = null;
                }
                catch (ConnectionException exception)
                {
                    // The certificate may have been replaced, and its key not yet.
                    if (_told != exception.Message) Log.CannotRenew(_log, exception.Message);
                    _told = exception.Message;
                }
            }
            else
            {
                known = TlsIdentity.Of(session.Settings, credential.Certificate);
                _lookedAt = _time.GetTimestamp();
            }

            _identity = (known, session, credential.Certificate?.Certificate);
            return known;
        }
    }

    // The settings, and the source of the credentials that they name.
    private sealed class Session(ConnectionSettings settings, TimeProvider time) : IDisposable
    {
        public ConnectionSettings Settings => settings;

        public ICredentialSource Credentials { get; } = settings.User switch
        {
            { TokenFile: { } file } user => new TokenFileCredentials(settings.Source, file, user.Token, time),
            { Token: { } token } => new FixedCredentials("Bearer " + token),
            { Username: { } name } user => new FixedCredentials(Basic(name, user.Password)),
            { Password: { } password } => new FixedCredentials(Basic("", password)),
            { Exec: not null } => new ExecCredentials(settings, time),
            _ => new FixedCredentials(null),
        };

        public void Dispose() => (Credentials as IDisposable)?.Dispose();

        private static string Basic(string name, string? password) =>
            "Basic " + Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"{name}:{password}"));
    }
}

/// <summary>What a request is sent with. Immutable.</summary>
internal sealed record Pass(ConnectionSettings Settings, TlsIdentity Identity, Credential Credential);
