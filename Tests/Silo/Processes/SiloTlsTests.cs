using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using MetaCollector.Simulator;
using MetaCollector.Simulator.Resources;
using MetaCollector.Testing.Processes;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Silo.Processes;

/// <summary>Replicas that know each other by their certificates, as processes; and everybody else at their port.</summary>
public sealed class SiloTlsTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly string _folder = Directory.CreateTempSubdirectory("metacollector-").FullName;
    private readonly CancellationTokenSource _patience = new(Patience);

    public void Dispose()
    {
        _patience.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task SiloPort_WithCertificates_ReplicasFindEachOtherStrangersAreRefusedAndRenewalsAreTaken()
    {
        await using var simulator = await StartSimulatorAsync();
        using var authority = new Authority();
        using var elsewhere = new Authority("elsewhere");
        Write(authority.Issue(), authority.Pem);
        string[] flags = ["--silo-cert", InFolder("tls.crt"), "--silo-key", InFolder("tls.key"), "--silo-ca", InFolder("ca.crt")];
        await using var first = Start(flags);
        await first.WaitUntilReadyAsync(_patience.Token);
        await using var second = Start(flags);
        await second.WaitUntilReadyAsync(_patience.Token);
        Assert.DoesNotContain("plaintext, and their port", second.Process.Tail, StringComparison.Ordinal);

        Assert.Equal("closed", await SpeakPlainAsync(second.SiloPort));
        Assert.Equal("closed", await ConnectAsync(second.SiloPort, null));
        using (var foreign = elsewhere.IssueCertificate()) Assert.Equal("closed", await ConnectAsync(second.SiloPort, foreign));
        using (var otherName = authority.IssueCertificate("web.shop")) Assert.Equal("closed", await ConnectAsync(second.SiloPort, otherName));
        using var own = authority.IssueCertificate();
        var serial = await ConnectAsync(second.SiloPort, own);
        Assert.NotEqual("closed", serial);

        Write(authority.Issue(), authority.Pem);
        while (await ConnectAsync(second.SiloPort, own) == serial) await Task.Delay(100, _patience.Token);
        Assert.False(first.Process.HasExited || second.Process.HasExited);
    }

    [Fact]
    public async Task Certificates_RenewedWhileChangesFlow_NoStreamBreaksAndNothingIsMissing()
    {
        const int Rounds = 5, Nodes = 6;
        await using var simulator = await StartSimulatorAsync();
        simulator.Clusters.Generate(Nodes, podsPerNode: 5, namespaces: 3);
        using var authority = new Authority();
        Write(authority.Issue(), authority.Pem);
        string[] flags = ["--silo-cert", InFolder("tls.crt"), "--silo-key", InFolder("tls.key"), "--silo-ca", InFolder("ca.crt")];
        await using var first = Start(flags);
        await first.WaitUntilReadyAsync(_patience.Token);
        await using var second = Start(flags);
        await second.WaitUntilReadyAsync(_patience.Token);
        var subscribers = Enumerable.Range(0, Nodes).Select(node => new Subscriber((node % 2 == 0 ? first : second).Broker, $"node-{node}")).ToList();
        try
        {
            using var own = authority.IssueCertificate();
            var before = await SerialsAsync();
            for (var round = 1; round <= Rounds; round++)
            {
                Write(authority.Issue(), authority.Pem);
                string[] now;
                for (var change = 0; (now = await SerialsAsync()).Intersect(before).Any(); change++)
                    await ChangeAllAsync(simulator, subscribers, $"{round}-{change}");
                before = now;
            }

            async Task<string[]> SerialsAsync() => [await ConnectAsync(first.SiloPort, own), await ConnectAsync(second.SiloPort, own)];

            // Who comes now has the newest certificate only, and the others speak to it with theirs.
            await using var third = Start(flags);
            await third.WaitUntilReadyAsync(_patience.Token);
            subscribers.Add(new Subscriber(third.Broker, "node-0"));
            await ChangeAllAsync(simulator, subscribers, "last");
            Assert.All(subscribers, subscriber => Assert.Null(subscriber.Client.Ended));
            Assert.All(subscribers, subscriber => Assert.Empty(subscriber.Log.Faults));
        }
        finally
        {
            foreach (var subscriber in subscribers) await subscriber.DisposeAsync();
        }
    }

    [Fact]
    public async Task Start_ReplicasWithoutCertificates_AreWarnedOnceThereIsMoreThanOne()
    {
        await using var simulator = await StartSimulatorAsync();
        await using var first = Start();
        await first.WaitUntilReadyAsync(_patience.Token);
        Assert.DoesNotContain("plaintext, and their port", first.Process.Tail, StringComparison.Ordinal);
        await using var second = Start();
        await second.WaitUntilReadyAsync(_patience.Token);
        foreach (var replica in (CollectorProcess[])[first, second])
        {
            await Eventually.HoldsAsync(
                () => replica.Process.Tail.Contains($"replicas talk to each other in plaintext, and their port {replica.SiloPort}", StringComparison.Ordinal),
                "each replica warns", () => replica.Process.Tail);
        }
    }

    private CollectorProcess Start(params string[] flags) => CollectorProcess.Start(
        InFolder("kubeconfig"), ["--clustering", "kubernetes", "--namespace", "default", "--name", "metacollector", .. flags]);

    private async Task<ApiServerSimulator> StartSimulatorAsync()
    {
        var simulator = await ApiServerSimulator.StartAsync(new SimulatorOptions(), _patience.Token);
        await simulator.WriteKubeconfigAsync(InFolder("kubeconfig"), _patience.Token);
        return simulator;
    }

    private static async Task ChangeAllAsync(ApiServerSimulator simulator, IReadOnlyList<Subscriber> subscribers, string round)
    {
        var pods = simulator.Objects.List(ResourceTypes.Pods);
        foreach (var pod in pods) simulator.Objects.Change(pod, current => current.Labelled(("round", round)));
        foreach (var subscriber in subscribers)
        {
            var own = pods.Where(pod => pod.NodeName == subscriber.Client.Node).ToList();
            await subscriber.Log.UntilAsync(
                log => own.TrueForAll(pod => log.Held.TryGetValue(pod.Uid, out var held) && held.Meta.Contains($"\"round\":\"{round}\"", StringComparison.Ordinal)),
                $"round {round} on {subscriber.Client.Node}");
        }
    }

    // What a stranger hears who says something that is no TLS.
    private async Task<string> SpeakPlainAsync(int port)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port, _patience.Token);
        var stream = client.GetStream();
        await stream.WriteAsync("GET / HTTP/1.1\r\nHost: silo\r\n\r\n"u8.ToArray(), _patience.Token);
        try
        {
            // An alert at most, and then the end.
            var heard = new byte[256];
            var length = 0;
            for (int read; (read = await stream.ReadAsync(heard, _patience.Token)) > 0;) length += read;
            return length < 16 ? "closed" : $"{length} bytes";
        }
        catch (IOException)
        {
            return "closed";
        }
    }

    // The serial number of the server's certificate, or "closed". With TLS 1.3 a client learns on its first read that it was refused.
    private async Task<string> ConnectAsync(int port, X509Certificate2? certificate)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port, _patience.Token);
        await using var tls = new SslStream(client.GetStream(), leaveInnerStreamOpen: false, (_, presented, _, _) => presented is not null);
        try
        {
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = "silo.collector",
                ApplicationProtocols = [new SslApplicationProtocol("Orleans1")],
                ClientCertificateContext = certificate is null ? null : SslStreamCertificateContext.Create(certificate, null, offline: true),
            }, _patience.Token);
            // A silo speaks first: its preamble.
            return await tls.ReadAsync(new byte[1], _patience.Token) > 0 ? tls.RemoteCertificate!.GetSerialNumberString() : "closed";
        }
        catch (Exception exception) when (exception is AuthenticationException or IOException)
        {
            return "closed";
        }
    }

    private void Write((string Certificate, string Key) pair, string authority)
    {
        File.WriteAllText(InFolder("tls.key"), pair.Key);
        File.WriteAllText(InFolder("tls.crt"), pair.Certificate);
        File.WriteAllText(InFolder("ca.crt"), authority);
    }

    private string InFolder(string name) => Path.Combine(_folder, name);
}
