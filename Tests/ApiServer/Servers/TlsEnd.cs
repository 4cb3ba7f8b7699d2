using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace MetaCollector.Tests.ApiServer.Servers;

/// <summary>Takes TLS off one connection, and hands on what comes to a port. Thread-safe.</summary>
internal sealed class TlsEnd : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _serving;

    private TlsEnd(int target, Func<X509Certificate2> certificate)
    {
        _listener.Start();
        _serving = ServeAsync(target, certificate);
    }

    /// <summary>Where it listens.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Begins to listen.</summary>
    public static TlsEnd Before(int target, Func<X509Certificate2> certificate) => new(target, certificate);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _serving;
        _stop.Dispose();
    }

    private async Task ServeAsync(int target, Func<X509Certificate2> certificate)
    {
        try
        {
            using var client = await _listener.AcceptSocketAsync(_stop.Token);
            await using var tls = new SslStream(new NetworkStream(client));
            await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate() }, _stop.Token);
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(IPAddress.Loopback, target, _stop.Token);
            await using var far = new NetworkStream(socket);
            await Task.WhenAny(tls.CopyToAsync(far, _stop.Token), far.CopyToAsync(tls, _stop.Token));
        }
        catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException)
        {
            // Either end went.
        }
    }
}
