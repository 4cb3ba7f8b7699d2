using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using MetaCollector.Simulator;

namespace MetaCollector.Tests.Support;

/// <summary>
/// What stands before the simulated API server: speaks TLS with a certificate that can be replaced, hands on what it is sent, and does to
/// connections what load balancers and API servers do. Thread-safe.
/// </summary>
internal sealed class FrontEnd : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<FrontConnection, Task> _open = [];
    private readonly Task _accepting;
    private readonly int _target;
    private int _connections;
    private int _refused;
    private long _requestBytes;

    private FrontEnd(ApiServerSimulator simulator, Func<X509Certificate2Collection> certificate)
    {
        (_target, Certificate) = (new Uri(simulator.Url).Port, certificate);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Where it listens.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Its address.</summary>
    public string Url => $"https://127.0.0.1:{Port}";

    /// <summary>The certificate, with its key, and those that are sent with it.</summary>
    public Func<X509Certificate2Collection> Certificate { get; set; }

    /// <summary>Judges what a client presents; null where nothing is asked for.</summary>
    public Func<X509Certificate2?, bool>? Client { get; set; }

    /// <summary>Whether HTTP/2 is spoken.</summary>
    public bool SpeaksHttp2 { get; set; } = true;

    /// <summary>After how many PINGs a connection is ended with ENHANCE_YOUR_CALM.</summary>
    public int PingLimit { get; set; } = int.MaxValue;

    /// <summary>How many connections were taken.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>How many handshakes failed.</summary>
    public int Refused => Volatile.Read(ref _refused);

    /// <summary>How many bytes came through, once TLS was taken off.</summary>
    public long RequestBytes => Interlocked.Read(ref _requestBytes);

    /// <summary>How many PINGs came.</summary>
    public int Pings { get; private set; }

    /// <summary>How many connections were ended for their PINGs.</summary>
    public int Calmed { get; private set; }

    /// <summary>The names that clients asked for (SNI).</summary>
    public ConcurrentQueue<string> Names { get; } = [];

    /// <summary>The connections that are open now.</summary>
    public IReadOnlyCollection<FrontConnection> Open => [.. _open.Keys];

    /// <summary>Begins to listen.</summary>
    public static FrontEnd Before(ApiServerSimulator simulator, Func<X509Certificate2Collection> certificate) => new(simulator, certificate);

    /// <summary>Drops every connection without a word.</summary>
    public void Reset()
    {
        foreach (var connection in _open.Keys) connection.Reset();
    }

    /// <summary>Tells every client to go elsewhere for its next request; what is under way goes on.</summary>
    public async Task GoAwayAsync()
    {
        foreach (var connection in _open.Keys) await connection.GoAwayAsync(0);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _accepting;
        _listener.Dispose();
        Reset();
        await Task.WhenAll(_open.Values);
        _stop.Dispose();
    }

    internal void Count(int bytes) => Interlocked.Add(ref _requestBytes, bytes);

    internal bool IsCalm(int pings)
    {
        lock (_open)
        {
            Pings++;
            if (pings <= PingLimit) return true;
            Calmed++;
            return false;
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptSocketAsync(_stop.Token);
                var connection = new FrontConnection(this, client);
                _open[connection] = Task.CompletedTask;
                _open[connection] = ServeAsync(connection, client);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // It is over.
        }
    }

    private async Task ServeAsync(FrontConnection connection, Socket client)
    {
        await Task.Yield();
        await using var tls = new SslStream(new NetworkStream(client, ownsSocket: true));
        try
        {
            var certificates = Certificate();
            await tls.AuthenticateAsServerAsync(
                (_, hello, _, _) =>
                {
                    Names.Enqueue(hello.ServerName);
                    return ValueTask.FromResult(new SslServerAuthenticationOptions
                    {
                        ServerCertificateContext = SslStreamCertificateContext.Create(certificates[0], [.. certificates.Skip(1)], offline: true),
                        ApplicationProtocols = SpeaksHttp2 ? [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11] : [SslApplicationProtocol.Http11],
                        ClientCertificateRequired = Client is not null,
                        RemoteCertificateValidationCallback = (_, presented, _, _) => Client?.Invoke(presented as X509Certificate2) ?? true,
                    });
                },
                null,
                _stop.Token);
            Interlocked.Increment(ref _connections);
            using var server = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await server.ConnectAsync(IPAddress.Loopback, _target, _stop.Token);
            await connection.RelayAsync(tls, new NetworkStream(server), _stop.Token);
        }
        catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Either end went.
        }
        catch (System.Security.Authentication.AuthenticationException)
        {
            Interlocked.Increment(ref _refused);
        }
        finally
        {
            _open.TryRemove(connection, out _);
        }
    }
}
