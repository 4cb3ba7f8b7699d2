using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MetaCollector.Testing.Processes;
using MetaCollector.Tests.Monitoring;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Silo.Processes;

/// <summary>What is wrong is told before anything starts: all of it, a line each, exit code 1, no stack trace.</summary>
public sealed class BadInputTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("metacollector-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Run_NothingToConnectWith_OneLine()
    {
        var (exitCode, lines) = await MetacollectorProgram.RunAsync(["run", .. Free()]);
        Assert.Equal(1, exitCode);
        Assert.StartsWith("error: no Kubernetes configuration found", Assert.Single(lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_ManyFaults_ALineEach()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var (exitCode, lines) = await MetacollectorProgram.RunAsync(
            "run", "--kubeconfg", "x", "--log-level debug", "--kubeconfig", "/missing/kubeconfig", "--broker-server-cert", "/missing/tls.crt",
            "--broker-server-key", "/missing/tls.key", "--broker-bind-address", $"127.0.0.1:{port}",
            "--metrics-bind-address=0", "--health-probe-bind-address=0", "--inspect-bind-address=", "--dashboard-bind-address=", "--silo-port=0");
        Assert.Equal(1, exitCode);
        Assert.Equal(
        [
            "error: --kubeconfg: unknown flag; did you mean --kubeconfig?",
            "error: 'x': unexpected argument; flags are written --flag value",
            "error: '--log-level debug' is one argument; write --log-level=debug",
            "error: --broker-server-cert: file /missing/tls.crt not found",
            "error: --kubeconfig: kubeconfig /missing/kubeconfig: no such file",
            $"error: --broker-bind-address: port {port} is in use by another program; stop it, or choose another port",
        ], lines);
    }

    [Theory]
    [InlineData("expired", "--broker-server-cert", "expired at 2020-01-01 00:00:00Z; renew it")]
    [InlineData("mismatched", "--broker-server-key", "holds no PEM key for the certificate")]
    [InlineData("encrypted", "--broker-server-key", "is encrypted, and nobody is there to type the passphrase; take it off: openssl pkey -in ")]
    [InlineData("garbage", "--broker-server-cert", "holds no PEM certificate")]
    [InlineData("folder", "--broker-server-cert", "is a folder")]
    public async Task Run_BadCertificate_OneLine(string kind, string place, string fault)
    {
        var (certificate, key) = Write(kind);
        var (exitCode, lines) = await MetacollectorProgram.RunAsync(
            ["run", "--kubeconfig", Kubeconfig(), "--broker-server-cert", certificate, "--broker-server-key", key, .. Free()]);
        Assert.Equal(1, exitCode);
        var line = Assert.Single(lines);
        Assert.StartsWith($"error: {place}: ", line, StringComparison.Ordinal);
        Assert.Contains(fault, line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("expired", "--silo-cert", "expired at 2020-01-01 00:00:00Z; renew it")]
    [InlineData("mismatched", "--silo-key", "holds no PEM key for the certificate")]
    [InlineData("garbage", "--silo-cert", "holds no PEM certificate")]
    [InlineData("folder", "--silo-cert", "is a folder")]
    public async Task Run_BadSiloCertificate_OneLine(string kind, string place, string fault)
    {
        var (certificate, key) = Write(kind);
        using var authority = new Authority();
        var authorities = Path.Combine(_folder, "ca.crt");
        await File.WriteAllTextAsync(authorities, authority.Pem, TestContext.Current.CancellationToken);
        var (exitCode, lines) = await MetacollectorProgram.RunAsync(
            ["run", "--kubeconfig", Kubeconfig(), "--silo-cert", certificate, "--silo-key", key, "--silo-ca", authorities, .. Free()]);
        Assert.Equal(1, exitCode);
        var line = Assert.Single(lines);
        Assert.StartsWith($"error: {place}: ", line, StringComparison.Ordinal);
        Assert.Contains(fault, line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tls.crt", "--broker-server-cert")]
    [InlineData("tls.key", "--broker-server-key")]
    public async Task Run_UnreadableCertificateOrKey_OneLine(string name, string place)
    {
        const string SetPriv = "/usr/bin/setpriv";
        Assert.SkipWhen(Environment.IsPrivilegedProcess && !File.Exists(SetPriv), "root may read everything, and there is no setpriv to take that away");
        var (certificate, key) = Write("good");
        var file = Path.Combine(_folder, name);
        if (OperatingSystem.IsLinux()) File.SetUnixFileMode(file, UnixFileMode.None);
        else Assert.Skip("needs the permissions of files");
        string[] arguments = ["run", "--kubeconfig", Kubeconfig(), "--broker-server-cert", certificate, "--broker-server-key", key, .. Free()];
        await using var process = Environment.IsPrivilegedProcess
            ? ChildProcess.Start(
                SetPriv, ["--bounding-set", "-dac_override,-dac_read_search", "dotnet", MetacollectorProgram.Path, .. arguments], MetacollectorProgram.Environment)
            : ChildProcess.Start(MetacollectorProgram.Path, arguments, MetacollectorProgram.Environment);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(1, process.ExitCode);
        Assert.Equal($"error: {place}: file {file} cannot be read: Access to the path '{file}' is denied.", process.Tail);
    }

    [Fact]
    public async Task Run_SiloCertificateOfAnotherAuthority_OneLine()
    {
        using var authority = new Authority();
        using var other = new Authority("other");
        var (certificate, key) = authority.Issue();
        var files = new[] { ("tls.crt", certificate), ("tls.key", key), ("ca.crt", other.Pem) };
        foreach (var (name, content) in files) File.WriteAllText(Path.Combine(_folder, name), content);
        var (exitCode, lines) = await MetacollectorProgram.RunAsync(
            ["run", "--kubeconfig", Kubeconfig(), "--silo-cert", Path.Combine(_folder, "tls.crt"), "--silo-key", Path.Combine(_folder, "tls.key"),
                "--silo-ca", Path.Combine(_folder, "ca.crt"), .. Free()]);
        Assert.Equal(1, exitCode);
        Assert.StartsWith(
            $"error: --silo-cert: {_folder}/tls.crt is refused by the authority of --silo-ca: ", Assert.Single(lines), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("error: wach: no such command; did you mean watch?; see metacollector --help", "wach")]
    [InlineData("error: --node: needs the name of a node; kubectl get nodes lists them", "watch")]
    [InlineData("error: --output: 'xml' is none of table, json, events", "watch", "--node", "n", "-o", "xml")]
    [InlineData("error: --addr: 'nowhere at all' is no address; write HOST:PORT", "watch", "--node", "n", "--addr", "nowhere at all")]
    [InlineData("error: --addr: '10.0.0.7' has no port; write 10.0.0.7:45000", "watch", "--node", "n", "--addr", "10.0.0.7")]
    [InlineData("error: --addr: '[::1]' has no port; write [::1]:45000", "watch", "--node", "n", "--addr", "[::1]")]
    [InlineData("error: --inspect-addr: 'localhost' has no port; write localhost:8083", "inspect", "cluster", "--inspect-addr", "localhost")]
    public async Task OtherCommands_BadInput_OneLine(string expected, params string[] arguments)
    {
        var (exitCode, lines) = await MetacollectorProgram.RunAsync(arguments);
        Assert.Equal(1, exitCode);
        Assert.Equal([expected], lines);
    }

    [Fact]
    public async Task Inspect_WhileAReplicaWasJustLost_SaysToAskAgain()
    {
        await using var busy = new ServedMetrics(() => "a replica was lost just now, or does not answer: ask again in a few seconds\n", HttpStatusCode.ServiceUnavailable);
        var (exitCode, lines) = await MetacollectorProgram.RunAsync("inspect", "node", "node-a", "--inspect-addr", busy.Address);
        Assert.Equal(1, exitCode);
        Assert.Equal([$"error: {busy.Address} cannot tell now: a replica was lost just now, or does not answer: ask again in a few seconds"], lines);
    }

    [Fact]
    public async Task Run_SiloAddressOfAnotherMachine_NamesThatFlag()
    {
        var (exitCode, lines) = await MetacollectorProgram.RunAsync(
            "run", "--kubeconfig", "/missing/kubeconfig", "--silo-address", "192.0.2.7", "--broker-bind-address", "127.0.0.1:0",
            "--metrics-bind-address=0", "--health-probe-bind-address=0", "--inspect-bind-address=", "--dashboard-bind-address=");
        Assert.Equal(1, exitCode);
        Assert.Contains("error: --silo-address: 192.0.2.7 is no address of this machine", lines);
    }

    [Fact]
    public async Task Version_Asked_NamesVersionCommitRuntimeAndSystem()
    {
        var (exitCode, lines) = await MetacollectorProgram.RunAsync("version");
        Assert.Equal(0, exitCode);
        Assert.Equal(4, lines.Count);
        Assert.Matches(@"^metacollector \d+\.\d+\.\d+", lines[0]);
        Assert.Matches("^commit ([0-9a-f]{40}|unknown)$", lines[1]);
        Assert.StartsWith(".NET 10.", lines[2], StringComparison.Ordinal);
    }

    private static string[] Free() => MetacollectorProgram.Listeners(Ports.Free(), Ports.Free(), Ports.Free());

    private string Kubeconfig()
    {
        var file = Path.Combine(_folder, "kubeconfig");
        File.WriteAllText(file, """
            {"apiVersion":"v1","kind":"Config","current-context":"c","clusters":[{"name":"c","cluster":{"server":"http://127.0.0.1:1"}}],
             "contexts":[{"name":"c","context":{"cluster":"c","user":"u"}}],"users":[{"name":"u","user":{"token":"t"}}]}
            """);
        return file;
    }

    private (string Certificate, string Key) Write(string kind)
    {
        var (certificate, key) = (Path.Combine(_folder, "tls.crt"), Path.Combine(_folder, "tls.key"));
        if (kind == "folder") certificate = _folder;
        using var pair = ECDsa.Create();
        using var other = ECDsa.Create();
        var end = kind == "expired" ? new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero) : DateTimeOffset.UtcNow.AddDays(1);
        using var made = new CertificateRequest("CN=broker", pair, HashAlgorithmName.SHA256).CreateSelfSigned(end.AddYears(-1), end);
        if (kind != "folder") File.WriteAllText(certificate, kind == "garbage" ? "garbage" : made.ExportCertificatePem());
        var parameters = new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000);
        File.WriteAllText(key, kind == "encrypted" ? pair.ExportEncryptedPkcs8PrivateKeyPem("secret", parameters) : (kind == "mismatched" ? other : pair).ExportPkcs8PrivateKeyPem());
        return (certificate, key);
    }
}
