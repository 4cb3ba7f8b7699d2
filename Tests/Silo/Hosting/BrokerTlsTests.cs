using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Net.Client;
using MetaCollector.Silo.Hosting;
using MetaCollector.Silo.Settings;
using MetaCollector.Testing.Processes;
using MetaCollector.Tests.Gateway.Sockets;
using MetaCollector.Tests.Support;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MetaCollector.Tests.Silo.Hosting;

/// <summary>TLS of the broker over real sockets: a mounted Secret as Kubernetes makes it, replaced as Kubernetes does.</summary>
public sealed class BrokerTlsTests : IDisposable
{
    private const string Openssl = "/usr/bin/openssl";

    // What a distribution rules out for all programs must not be what refuses.
    private static readonly Dictionary<string, string> NoOpensslSettings = new() { ["OPENSSL_CONF"] = "/dev/null" };

    private static readonly string[][] Good =
    [
        ["-tls1_3"],
        ["-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256"],
        ["-tls1_2", "-cipher", "ECDHE-RSA-CHACHA20-POLY1305"],
    ];

    private static readonly string[][] Weak =
    [
        ["-tls1", "-cipher", "ALL:@SECLEVEL=0"],
        ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"],
        // Without forward secrecy; without authenticated encryption; without a certificate; without encryption; everything else.
        ["-tls1_2", "-cipher", "kRSA:@SECLEVEL=0"],
        ["-tls1_2", "-cipher", "ECDHE-RSA-AES128-SHA:ECDHE-RSA-AES256-SHA384:@SECLEVEL=0"],
        ["-tls1_2", "-cipher", "aNULL:@SECLEVEL=0"],
        ["-tls1_2", "-cipher", "eNULL:@SECLEVEL=0"],
        ["-tls1_2", "-cipher", "ALL:COMPLEMENTOFALL:!ECDHE+AESGCM:!ECDHE+CHACHA20:@SECLEVEL=0"],
        ["-tls1_3", "-ciphersuites", "TLS_AES_128_CCM_SHA256:TLS_AES_128_CCM_8_SHA256"],
    ];

    private const string HandshakeFailed = "kestrel.connection.duration{error.type=tls_handshake_failed}";

    private readonly string _folder = Directory.CreateTempSubdirectory("metacollector-").FullName;
    private readonly Certificates _certificates = new();
    private readonly RecordingLogger _log = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private int _mounted;

    public void Dispose()
    {
        _certificates.Dispose();
        _services.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Handshake_OldProtocolsAndWeakSuites_AreRefused()
    {
        Assert.SkipUnless(File.Exists(Openssl), "needs openssl");
        Mount(_certificates.Server("first"));
        using var tls = Tls();
        await using var host = await StartAsync(tls);
        using var seen = new SeenMetrics(host);
        foreach (var good in Good) Assert.True(await OpensslAsync(host.Address.Port, good), string.Join(' ', good));
        foreach (var weak in Weak) Assert.False(await OpensslAsync(host.Address.Port, weak), string.Join(' ', weak));
        await seen.UntilAsync(HandshakeFailed);

        // A server that takes everything takes all of that: it is not the client that refuses.
        var port = MetaCollector.Testing.Processes.Ports.Free();
        await using var careless = ChildProcess.Start(Openssl,
        [
            "s_server", "-www", "-accept", $"127.0.0.1:{port}", "-cert", Path.Combine(_folder, "tls.crt"), "-key", Path.Combine(_folder, "tls.key"), "-alpn", "h2",
            "-cipher", "ALL:COMPLEMENTOFALL:@SECLEVEL=0", "-ciphersuites", "TLS_AES_128_GCM_SHA256:TLS_AES_128_CCM_SHA256:TLS_AES_128_CCM_8_SHA256",
        ], NoOpensslSettings);
        await Eventually.HoldsAsync(() => careless.Tail.Contains("ACCEPT", StringComparison.Ordinal));
        foreach (var weak in Weak) Assert.True(await OpensslAsync(port, weak), string.Join(' ', weak));
    }

    [Fact]
    public async Task Files_ReplacedUnderLoad_AreTakenAndNoStreamBreaks()
    {
        Mount(_certificates.Server("round-0"));
        using var tls = Tls();
        await using var host = await StartAsync(tls);
        await host.Nodes.PutAsync("node-a", Things.Pod("web"));
        using var channel = Channel(host);
        using var open = host.Watch("node-a", channel: channel);
        await open.NextAsync();
        using var stop = new CancellationTokenSource();
        var load = Enumerable.Range(0, 4).Select(_ => ReconnectAsync(host, stop.Token)).ToList();

        for (var round = 1; round <= 5; round++)
        {
            Mount(_certificates.Server($"round-{round}"));
            tls.Look();
            Assert.Equal($"CN=round-{round}", await SubjectAsync(host));
            await host.Nodes.PutAsync("node-a", Things.Pod("web", $"10.0.0.{round}"));
            Assert.Equal("Update", (await open.NextAsync()).Reason);
        }

        await stop.CancelAsync();
        Assert.All(await Task.WhenAll(load), connections => Assert.True(connections > 0));
    }

    [Theory]
    [InlineData("mismatched", "holds no PEM key")]
    [InlineData("garbage", "holds no PEM certificate")]
    [InlineData("expired", "expired at")]
    [InlineData("missing", "not find")]
    [InlineData("unreadable", "denied")]
    public async Task Files_ReplacedByBrokenOnes_TheOldStayUntilGoodOnesCome(string kind, string fault)
    {
        Mount(_certificates.Server("first"));
        using var reloads = new Reloads(_services);
        using var tls = Tls();
        await using var host = await StartAsync(tls);
        var second = _certificates.Server("second");
        Mount(kind switch
        {
            "mismatched" => (second.Certificate, _certificates.Server("other").Key),
            "garbage" => ("garbage", second.Key),
            "expired" => _certificates.Expired("second"),
            _ => ("", second.Key),
        });
        if (kind is "missing" or "unreadable") File.Delete(Path.Combine(_folder, "..data", "tls.crt"));
        // Root may read every file, but no folder as if it were one.
        if (kind == "unreadable") Directory.CreateDirectory(Path.Combine(_folder, "..data", "tls.crt"));
        tls.Look();
        tls.Look();
        Assert.Equal("CN=first", await SubjectAsync(host));
        Assert.Contains(fault, Assert.Single(_log.Warnings), StringComparison.Ordinal);
        Assert.Equal(1, reloads["refused"]);

        Mount(second);
        tls.Look();
        Assert.Equal("CN=second", await SubjectAsync(host));
        Assert.Equal(1, reloads["taken"]);
    }

    [Fact]
    public async Task Files_Replaced_AreLookedAtByTheClock()
    {
        Mount(_certificates.Server("first"));
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        using var tls = Tls(time: time);
        await tls.StartAsync(CancellationToken.None);
        await using var host = await StartAsync(tls);
        Mount(_certificates.Server("second"));
        Assert.Equal("CN=first", await SubjectAsync(host));
        while (await SubjectAsync(host) != "CN=second") time.Advance(TimeSpan.FromSeconds(5));
        await tls.StopAsync(CancellationToken.None);
    }

    [Theory]
    [InlineData(ClientCertificates.Required, null, false)]
    [InlineData(ClientCertificates.Required, "falco", true)]
    [InlineData(ClientCertificates.Required, "other", false)]
    [InlineData(ClientCertificates.Required, "by dns name", true)]
    [InlineData(ClientCertificates.Required, "stranger", false)]
    [InlineData(ClientCertificates.Optional, null, true)]
    [InlineData(ClientCertificates.Optional, "falco", true)]
    [InlineData(ClientCertificates.Optional, "stranger", false)]
    public async Task Client_WithCertificate_IsLetInByAuthorityAndName(ClientCertificates mode, string? who, bool isWelcome)
    {
        Mount(_certificates.Server("first"));
        File.WriteAllText(Path.Combine(_folder, "ca.crt"), _certificates.Authority.ExportCertificatePem());
        using var tls = Tls(options => options with
        {
            ClientCaFile = Path.Combine(_folder, "ca.crt"),
            ClientCertificates = mode,
            ClientNames = ["falco", "falco.example.org"],
        });
        await using var host = await StartAsync(tls);
        await host.Nodes.PutAsync("node-a", Things.Pod("web"));
        using var strangers = new Certificates();
        using var certificate = who switch
        {
            null => null,
            "stranger" => strangers.Client("falco"),
            "by dns name" => _certificates.Client("somebody", "falco.example.org"),
            _ => _certificates.Client(who),
        };
        using var channel = Channel(host, certificate);
        using var call = host.Watch("node-a", channel: channel);
        if (isWelcome) Assert.Equal("Create", (await call.NextAsync()).Reason);
        // With TLS 1.3 a client learns that it is refused when it has begun to speak: how it calls that depends on how far it had come.
        else Assert.True((await call.EndAsync()).StatusCode is StatusCode.Unavailable or StatusCode.Internal);
    }

    [Fact]
    public async Task Handshake_NeverFinished_IsEndedAfterItsTime()
    {
        Mount(_certificates.Server("first"));
        using var tls = Tls();
        await using var host = await StartAsync(tls);
        using var seen = new SeenMetrics(host);
        using var client = new TcpClient();
        await client.ConnectAsync(host.Address.Host, host.Address.Port);
        Assert.Equal(0, await client.GetStream().ReadAsync(new byte[1]).AsTask().WaitAsync(CallReading.Patience));
        await seen.UntilAsync(HandshakeFailed);
    }

    private static Task<GatewayHost> StartAsync(BrokerTls tls) => GatewayHost.StartAsync(listen: port => port.UseHttps(tls.Answers(TimeSpan.FromSeconds(2))));

    private BrokerTls Tls(Func<CollectorOptions, CollectorOptions>? change = null, TimeProvider? time = null)
    {
        var options = new CollectorOptions { CertificateFile = Path.Combine(_folder, "tls.crt"), KeyFile = Path.Combine(_folder, "tls.key") };
        return new BrokerTls(change?.Invoke(options) ?? options, _services.GetRequiredService<IMeterFactory>(), time ?? TimeProvider.System, _log);
    }

    // As the kubelet does: a new folder, and one link that is swapped by a rename.
    private void Mount((string Certificate, string Key) pair)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs links and mv -T");
        var version = $"..{++_mounted}";
        Directory.CreateDirectory(Path.Combine(_folder, version));
        File.WriteAllText(Path.Combine(_folder, version, "tls.crt"), pair.Certificate);
        File.WriteAllText(Path.Combine(_folder, version, "tls.key"), pair.Key);
        File.CreateSymbolicLink(Path.Combine(_folder, "..tmp"), version);
        using (var move = Process.Start("mv", ["-T", Path.Combine(_folder, "..tmp"), Path.Combine(_folder, "..data")])) move.WaitForExit();
        if (_mounted > 1) return;
        foreach (var file in (string[])["tls.crt", "tls.key"]) File.CreateSymbolicLink(Path.Combine(_folder, file), Path.Combine("..data", file));
    }

    private GrpcChannel Channel(GatewayHost host, X509Certificate2? certificate = null)
    {
        var ssl = Ssl(host.Address.Host);
        if (certificate is not null) ssl.ClientCertificates = [certificate];
        return GrpcChannel.ForAddress(host.Address, new GrpcChannelOptions { HttpHandler = new SocketsHttpHandler { SslOptions = ssl }, DisposeHttpClient = true });
    }

    private SslClientAuthenticationOptions Ssl(string host)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(_certificates.Authority);
        return new SslClientAuthenticationOptions { TargetHost = host, CertificateChainPolicy = policy };
    }

    private async Task<int> ReconnectAsync(GatewayHost host, CancellationToken stop)
    {
        for (var connections = 0; ; connections++)
        {
            using var channel = Channel(host);
            using var call = host.Watch("node-a", channel: channel);
            await call.NextAsync();
            if (stop.IsCancellationRequested) return connections + 1;
        }
    }

    private async Task<string> SubjectAsync(GatewayHost host)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(host.Address.Host, host.Address.Port);
        await using var stream = new SslStream(client.GetStream());
        await stream.AuthenticateAsClientAsync(Ssl("127.0.0.1"));
        return stream.RemoteCertificate!.Subject;
    }

    private static async Task<bool> OpensslAsync(int port, string[] arguments)
    {
        var start = new ProcessStartInfo(Openssl, ["s_client", "-connect", $"127.0.0.1:{port}", "-alpn", "h2", .. arguments])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        foreach (var (name, value) in NoOpensslSettings) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync();
        var said = await process.StandardOutput.ReadToEndAsync() + await errors;
        await process.WaitForExitAsync().WaitAsync(CallReading.Patience);
        return process.ExitCode == 0 && !said.Contains("Cipher is (NONE)", StringComparison.Ordinal);
    }

    private sealed class Reloads : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly Dictionary<string, long> _counts = [];

        public Reloads(ServiceProvider services)
        {
            var meters = services.GetRequiredService<IMeterFactory>();
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (ReferenceEquals(instrument.Meter.Scope, meters) && instrument.Name.EndsWith("_reloads", StringComparison.Ordinal)) listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>((_, value, tags, _) => _counts[(string)tags[0].Value!] = this[(string)tags[0].Value!] + value);
            _listener.Start();
        }

        public long this[string result] => _counts.GetValueOrDefault(result);

        public void Dispose() => _listener.Dispose();
    }
}
