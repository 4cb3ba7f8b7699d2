using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using MetaCollector.ApiServer.Configuration;
using MetaCollector.ApiServer.Proxies;
using MetaCollector.ApiServer.Tls;

namespace MetaCollector.ApiServer.Requests;

/// <summary>Opens connections to the API server, through its proxy where it has one. An error names the one of the two that failed. Thread-safe.</summary>
internal sealed class Dialer(ConnectionSettings settings, TlsIdentity identity, bool offersHttp2)
{
    private static readonly ServerVerification OfSystem = new(null, takesAnything: false);

    private readonly string _host = settings.Server.IdnHost.Trim('[', ']');

    /// <summary>Opens a connection; an <see cref="SslStream"/> where the server speaks TLS.</summary>
    /// <exception cref="UnreachableException">It cannot be opened.</exception>
    public async ValueTask<Stream> DialAsync(CancellationToken cancellation)
    {
        var stream = settings.Proxy is { } proxy
            ? await ThroughAsync(proxy, cancellation)
            : await ConnectAsync(_host, settings.Server.Port, null, cancellation);
        if (settings.Server.Scheme != Uri.UriSchemeHttps) return stream;
        return await SecureAsync(stream, settings.TlsServerName ?? _host, identity.Verification, identity.Certificate, isProxy: false, cancellation);
    }

    private static async Task<Stream> ConnectAsync(string host, int port, Proxy? proxy, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(host, port, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (SocketException exception)
        {
            socket.Dispose();
            throw new UnreachableException(proxy is null ? $"{exception.Message} ({host}:{port})" : $"the {proxy} cannot be reached: {exception.Message}", exception);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<Stream> ThroughAsync(Proxy proxy, CancellationToken cancellation)
    {
        var stream = await ConnectAsync(proxy.Host, proxy.Port, proxy, cancellation);
        try
        {
            if (proxy.Url.Scheme == Uri.UriSchemeHttps)
                stream = await SecureAsync(stream, proxy.Host, identity.Verification, null, isProxy: true, cancellation);
            await (proxy.IsSocks
                ? SocksTunnel.OpenAsync(stream, _host, settings.Server.Port, proxy.Account, cancellation)
                : HttpTunnel.OpenAsync(stream, _host, settings.Server.Port, proxy.Authorization, ApiConnection.UserAgent, cancellation));
            return stream;
        }
        catch (Exception exception) when (exception is not UnreachableException)
        {
            await stream.DisposeAsync();
            if (exception is IOException) throw new UnreachableException($"the {proxy} {exception.Message}", exception);
            throw;
        }
    }

    private async Task<Stream> SecureAsync(
        Stream stream, string name, ServerVerification verification, SslStreamCertificateContext? certificate, bool isProxy, CancellationToken cancellation)
    {
        string? fault = null;
        var tls = new SslStream(stream, leaveInnerStreamOpen: false);
        try
        {
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = name,
                    ClientCertificateContext = certificate,
                    CertificateChainPolicy = ServerVerification.Policy(),
                    ApplicationProtocols = isProxy || !offersHttp2 ? [SslApplicationProtocol.Http11] : [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
                    RemoteCertificateValidationCallback = (_, presented, chain, _) => (fault = Judge(presented, chain)) is null,
                },
                cancellation);
            return tls;
        }
        catch (Exception exception) when (exception is AuthenticationException or IOException)
        {
            await tls.DisposeAsync();
            var reason = fault ?? exception.GetBaseException().Message;
            if (settings.Proxy is { } proxy) reason = isProxy ? $"the {proxy}: {reason}" : $"{reason} (through the {proxy})";
            throw new UnreachableException($"TLS: {reason}", exception, isTls: true);
        }
        catch
        {
            await tls.DisposeAsync();
            throw;
        }

        string? Judge(X509Certificate? presented, X509Chain? chain)
        {
            var own = presented as X509Certificate2;
            // The chain's elements may include certificates that the platform added; none of them is trusted for that.
            List<X509Certificate2> sent = [.. (chain?.ChainPolicy.ExtraStore ?? []).Concat(chain?.ChainElements.Select(element => element.Certificate) ?? [])];
            var found = verification.Fault(own, sent, name);
            // A proxy's certificate rarely comes from the cluster's authority.
            return found is not null && isProxy && OfSystem.Fault(own, sent, name) is null ? null : found;
        }
    }
}
