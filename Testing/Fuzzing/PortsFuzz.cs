using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using MetaCollector.Testing.Processes;

namespace MetaCollector.Testing.Fuzzing;

/// <summary>
/// Raw bytes at every port of a running collector that speaks TLS where it can: spoilt handshakes, HTTP/1 and HTTP/2 where they belong and where they do not.
/// It may close the connection, and has to go on answering others. Not thread-safe.
/// </summary>
/// <param name="collector">The collector.</param>
/// <param name="inspectPort">Its port for <c>inspect</c>.</param>
/// <param name="seed">What chance begins with.</param>
internal sealed class PortsFuzz(CollectorProcess collector, int inspectPort, int seed) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly string[] Paths = ["/readyz", "/healthz", "/metrics", "/inspect/cluster", "/inspect/node/node-0", "/inspect/pod/a/b", "/", "/inspect/namespace/%2e%2e%2f"];

    private readonly Random _dice = new(seed);
    private readonly Mutations _mutations = new(new Random(seed));
    private readonly byte[] _buffer = new byte[4096];
    private readonly HttpClient _http = new() { Timeout = Patience };
    private byte[] _hello = [];

    /// <summary>How many connections were made.</summary>
    public long Connections { get; private set; }

    private static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0"u8;

    /// <summary>One connection with something wrong about it.</summary>
    public async Task StepAsync(CancellationToken cancellation)
    {
        if (_hello.Length == 0) _hello = await HelloAsync(cancellation);
        int[] ports = [collector.BrokerPort, collector.SiloPort, collector.ProbePort, collector.MetricsPort, inspectPort];
        await BadConnection.MakeAsync(ports[_dice.Next(ports.Length)], Words, _dice, _buffer, cancellation);
        Connections++;
    }

    /// <summary>Whether the collector still answers at each port.</summary>
    /// <exception cref="InvalidOperationException">It does not.</exception>
    public async Task CheckAsync(CancellationToken cancellation)
    {
        if (collector.Process.HasExited) throw new InvalidOperationException($"the collector ended:\n{collector.Process.Tail}");
        foreach (var address in (string[])[$"{collector.ProbePort}/readyz", $"{collector.MetricsPort}/metrics", $"{inspectPort}/inspect/cluster"])
        {
            using var answer = await _http.GetAsync(new Uri($"http://127.0.0.1:{address}"), cancellation);
            if (!answer.IsSuccessStatusCode) throw new InvalidOperationException($"{address} answers {(int)answer.StatusCode}");
        }

        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", collector.BrokerPort, cancellation);
        await using var tls = new SslStream(client.GetStream(), leaveInnerStreamOpen: false, (_, presented, _, _) => presented is not null);
        await tls.AuthenticateAsClientAsync(Client(), cancellation).WaitAsync(Patience, cancellation);
        // A client's preface and its settings, to which the server answers with its own.
        await tls.WriteAsync(Preface.ToArray(), cancellation);
        if (await tls.ReadAsync(_buffer, cancellation).AsTask().WaitAsync(Patience, cancellation) == 0) throw new InvalidOperationException("the broker closes good connections");
    }

    public void Dispose() => _http.Dispose();

    private static SslClientAuthenticationOptions Client() => new() { TargetHost = "localhost", ApplicationProtocols = [SslApplicationProtocol.Http2] };

    // What a client says first.
    private static async Task<byte[]> HelloAsync(CancellationToken cancellation)
    {
        using var listener = new TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        using var client = new TcpClient();
        await client.ConnectAsync((System.Net.IPEndPoint)listener.LocalEndpoint, cancellation);
        using var server = await listener.AcceptTcpClientAsync(cancellation);
        await using var tls = new SslStream(client.GetStream());
        var shaking = tls.AuthenticateAsClientAsync(Client(), cancellation);
        var hello = new byte[4096];
        var length = await server.GetStream().ReadAsync(hello, cancellation);
        server.Close();
        try
        {
            await shaking;
        }
        catch (Exception exception) when (exception is IOException or AuthenticationException)
        {
            // Nobody answered, as it was to be.
        }

        return hello[..length];
    }

    private byte[] Words()
    {
        byte[] good = _dice.Next(4) switch
        {
            0 => _hello,
            1 => Preface.ToArray(),
            2 => _mutations.Anything(4096),
            _ => System.Text.Encoding.ASCII.GetBytes($"GET {Paths[_dice.Next(Paths.Length)]} HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n"),
        };
        return _dice.Next(4) == 0 ? good : _mutations.Of(good);
    }
}
