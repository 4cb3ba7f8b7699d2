using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using MetaCollector.Testing.Processes;
using MetaCollector.Tests.Support;
using Xunit;
using static MetaCollector.Simulator.Objects.Kube;
using BrokerCertificates = MetaCollector.Tests.Silo.Hosting.Certificates;

namespace MetaCollector.Tests.Silo.Processes;

/// <summary>Whoever cannot be talked to: counted, told of in the log, and found by <c>inspect node</c>.</summary>
public sealed class StrangerTests : IDisposable
{
    private const string Openssl = "/usr/bin/openssl";

    private readonly string _folder = Directory.CreateTempSubdirectory("metacollector-").FullName;
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromMinutes(2));

    public void Dispose()
    {
        _patience.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task PlaintextPorts_TlsAndHttp1_AreToldOf()
    {
        var inspect = $"127.0.0.1:{Ports.Free()}";
        await using var cluster = await EndToEndCluster.StartSimulatedAsync(prepare: simulator =>
        {
            simulator.Objects.Create(Namespace("shop"));
            simulator.Objects.Create(Pod("web-1").In("shop").On("worker-1").WithIP("10.0.0.1"));
        }, flags: ["--inspect-bind-address", inspect]);
        var collector = cluster.Collector;
        Assert.False(await HandshakeAsync(collector.BrokerPort));
        Assert.False(await HandshakeAsync(collector.SiloPort));
        await SayAsync(collector.BrokerPort, "GET / HTTP/1.1\r\nHost: broker\r\n\r\n");
        // A load balancer that looks whether somebody listens is nobody to warn of.
        await SayAsync(collector.BrokerPort, "");
        await UntilCountedAsync(collector,
            ("broker", "tls_at_plaintext_port", 1), ("broker", "not_http2", 1), ("replicas", "tls_at_plaintext_port", 1), ("broker", "handshake_failed", 0));
        await UntilSaidAsync(collector, "speaks TLS to this plaintext port: give the broker a certificate");
        await UntilSaidAsync(collector, "speaks neither gRPC nor TLS");
        await UntilSaidAsync(collector, "speaks TLS to this plaintext port of the replicas");

        var (exitCode, lines) = await MetacollectorProgram.RunAsync("inspect", "node", "worker-1", "--inspect-addr", inspect);
        Assert.Equal(2, exitCode);
        Assert.Contains(lines, line => line.StartsWith("! somebody at 127.0.0.1 speaks TLS to this plaintext port: give the broker a certificate", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.Contains("neither gRPC nor TLS", StringComparison.Ordinal));
    }

    [Fact]
    public async Task TlsPort_PlaintextDistrustNoCertificateAndSilence_AreToldOf()
    {
        Assert.SkipUnless(File.Exists(Openssl), "needs openssl");
        using var certificates = new BrokerCertificates();
        var (certificate, key) = certificates.Server("broker");
        foreach (var (name, text) in new[] { ("tls.crt", certificate), ("tls.key", key), ("ca.crt", certificates.Authority.ExportCertificatePem()) })
            await File.WriteAllTextAsync(Path.Combine(_folder, name), text, _patience.Token);
        await using var cluster = await EndToEndCluster.StartSimulatedAsync(flags:
        [
            "--broker-server-cert", Path.Combine(_folder, "tls.crt"), "--broker-server-key", Path.Combine(_folder, "tls.key"),
            "--broker-client-ca", Path.Combine(_folder, "ca.crt"), "--handshake-timeout", "1s",
        ]);
        var collector = cluster.Collector;
        await SayAsync(collector.BrokerPort, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        // It breaks the handshake off, as Falco's gRPC does; .NET finishes it first, and then hangs up.
        await using var distrustful = ChildProcess.Start(Openssl, ["s_client", "-connect", $"127.0.0.1:{collector.BrokerPort}", "-alpn", "h2", "-verify_return_error"], null);
        await distrustful.WaitForExitAsync(_patience.Token);
        Assert.False(await HandshakeAsync(collector.BrokerPort));
        using var silent = new TcpClient();
        await silent.ConnectAsync("127.0.0.1", collector.BrokerPort, _patience.Token);
        await UntilCountedAsync(collector,
            ("broker", "plaintext_at_tls_port", 1), ("broker", "handshake_failed", 1), ("broker", "certificate_refused", 1), ("broker", "handshake_timeout", 1));
        foreach (var said in (string[])
                 [
                     "speaks plaintext to the broker's TLS port", "it does not trust the broker's certificate",
                     "has no certificate that the broker takes (--broker-client-ca, --broker-client-names); it presents none", "does not finish the TLS handshake",
                 ])
        {
            await UntilSaidAsync(collector, said);
        }
    }

    private async Task UntilCountedAsync(CollectorProcess collector, params (string Port, string Cause, int Count)[] expected)
    {
        while (true)
        {
            var metrics = await collector.MetricsAsync(_patience.Token);
            if (expected.All(one => metrics.Contains(Line(one), StringComparison.Ordinal))) return;
            await Task.Delay(100, _patience.Token);
        }

        static string Line((string Port, string Cause, int Count) one) =>
            $"meta_collector_connections_unusable_total{{port=\"{one.Port}\",cause=\"{one.Cause}\"}} {one.Count}\n";
    }

    // Strangers are counted first, and told of in the log a moment later.
    private static Task UntilSaidAsync(CollectorProcess collector, string what) => Eventually.HoldsAsync(
        () => collector.Process.Tail.Split('\n').Any(line => line.Contains("somebody at 127.0.0.1 ", StringComparison.Ordinal) && line.Contains(what, StringComparison.Ordinal)),
        $"the log says {what}");

    // Says something, and waits until the other side has closed.
    private async Task SayAsync(int port, string text)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port, _patience.Token);
        var stream = client.GetStream();
        if (text.Length == 0) return;
        await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(text), _patience.Token);
        try
        {
            while (await stream.ReadAsync(new byte[1024], _patience.Token) > 0)
            {
                // An alert, or an answer that it does not like.
            }
        }
        catch (IOException)
        {
            // Closed without a word.
        }
    }

    private async Task<bool> HandshakeAsync(int port)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port, _patience.Token);
        await using var tls = new SslStream(client.GetStream(), leaveInnerStreamOpen: false, (_, presented, _, _) => presented is not null);
        try
        {
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "127.0.0.1", ApplicationProtocols = [SslApplicationProtocol.Http2] }, _patience.Token);
            // With TLS 1.3 a client learns on its first read that it was refused.
            return await tls.ReadAsync(new byte[1], _patience.Token) > 0;
        }
        catch (Exception exception) when (exception is AuthenticationException or IOException)
        {
            return false;
        }
    }
}
