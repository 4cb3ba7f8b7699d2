using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MetaCollector.Testing.Processes;
using MetaCollector.Tests.Support;
using Xunit;
using BrokerCertificates = MetaCollector.Tests.Silo.Hosting.Certificates;

namespace MetaCollector.Tests.Silo.Processes;

/// <summary><c>metacollector watch</c> against a broker that asks for certificates, and whose own bears another name than the one that it is reached by.</summary>
public sealed class WatchTlsTests(WatchTlsTests.Broker broker) : IClassFixture<WatchTlsTests.Broker>
{
    [Theory]
    [InlineData(true, "--tls-ca CA --tls-server-name broker.example --tls-cert CERT --tls-key KEY")]
    [InlineData(true, "--tls-insecure --tls-cert CERT --tls-key KEY")]
    [InlineData(false, "--tls-ca CA --tls-cert CERT --tls-key KEY")]
    [InlineData(false, "--tls-ca CA --tls-server-name another.example --tls-cert CERT --tls-key KEY")]
    [InlineData(false, "--tls-server-name broker.example --tls-cert CERT --tls-key KEY")]
    public async Task Watch_BrokerOfAnotherName_IsReadByWhoeverNamesIt(bool isRead, string flags)
    {
        var arguments = flags.Split(' ').Select(word => word.StartsWith('-') || word.Contains('.', StringComparison.Ordinal) ? word : broker.PathOf(word.ToLowerInvariant()));
        await using var watch = ChildProcess.Start(
            MetacollectorProgram.Path, ["watch", "--node", Troubleshooting.Node, "--addr", broker.Address, "-o", "json", .. arguments],
            MetacollectorProgram.Environment);
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!watch.Tail.Contains("web-1", StringComparison.Ordinal) && !watch.HasExited) await Task.Delay(50, patience.Token);
        // Until all that it printed has been read.
        if (watch.HasExited) await watch.WaitForExitAsync(patience.Token);
        Assert.Equal(isRead, watch.Tail.Contains("web-1", StringComparison.Ordinal));
        if (!isRead) Assert.Contains("TLS failed", watch.Tail, StringComparison.Ordinal);
        Assert.Equal(flags.Contains("insecure", StringComparison.Ordinal), watch.Tail.Contains("warning: --tls-insecure", StringComparison.Ordinal));
    }

    /// <summary>A collector whose broker asks for certificates; the files of a client that it takes are <c>ca</c>, <c>cert</c> and <c>key</c>.</summary>
    public sealed class Broker : IAsyncLifetime
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("metacollector-").FullName;
        private readonly BrokerCertificates _certificates = new();
        private EndToEndCluster _cluster = null!;

        /// <summary>Where it is reached.</summary>
        public string Address => $"127.0.0.1:{_cluster.Collector.BrokerPort}";

        /// <summary>Path of a file.</summary>
        public string PathOf(string name) => Path.Combine(_folder, name);

        /// <inheritdoc/>
        public async ValueTask InitializeAsync()
        {
            Write("ca", _certificates.Authority.ExportCertificatePem());
            // Not of the address that it is reached by, as behind a port-forward.
            var (certificate, key) = Named("broker.example");
            Write("broker.crt", certificate);
            Write("broker.key", key);
            using var client = _certificates.Client("falco");
            Write("cert", client.ExportCertificatePem());
            Write("key", client.GetRSAPrivateKey()!.ExportPkcs8PrivateKeyPem());
            _cluster = await EndToEndCluster.StartSimulatedAsync(prepare: Troubleshooting.Fill, flags:
            [
                "--broker-server-cert", PathOf("broker.crt"), "--broker-server-key", PathOf("broker.key"), "--broker-client-ca", PathOf("ca"),
            ]);
        }

        /// <inheritdoc/>
        public async ValueTask DisposeAsync()
        {
            if (_cluster is not null) await _cluster.DisposeAsync();
            _certificates.Dispose();
            Directory.Delete(_folder, recursive: true);
        }

        private (string Certificate, string Key) Named(string name)
        {
            using var key = RSA.Create(2048);
            var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName(name);
            request.CertificateExtensions.Add(names.Build());
            using var made = request.Create(_certificates.Authority, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1), RandomNumberGenerator.GetBytes(8));
            return (made.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
        }

        private void Write(string name, string content) => File.WriteAllText(PathOf(name), content);
    }
}
