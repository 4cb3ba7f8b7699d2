using System.Diagnostics.Metrics;
using System.Net.Security;
using System.Net.Sockets;
using MetaCollector.Silo.Metrics;
using MetaCollector.Testing.Processes;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Monitoring;

/// <summary>Alerts about who connects, certificates and metrics, each raised by its fault and resolved by its end. The first word of a test is the alert's name.</summary>
[Collection(nameof(PrometheusExporter))]
public sealed class DoorAlertTests
{
    [Fact]
    public async Task ConnectionsRefused_MoreThanAreTaken_FiresUntilTheyStay()
    {
        await using var cluster = await MonitoredCluster.StartAsync(null, ["--connections-per-second", "1"]);
        var crowd = Enumerable.Range(0, 40).Select(_ => new TcpClient()).ToList();
        try
        {
            foreach (var one in crowd) await TryConnectAsync(one, cluster.Replicas[0].BrokerPort);
            await cluster.FiresAsync("ConnectionsRefused");
        }
        finally
        {
            crowd.ForEach(one => one.Dispose());
        }

        await cluster.ResolvesAsync("ConnectionsRefused");
    }

    [Fact]
    public async Task ConnectionsUnusable_TlsAtThePlaintextPort_FiresUntilItStops()
    {
        await using var cluster = await MonitoredCluster.StartAsync(null, MonitoredCluster.Defaults);
        for (var i = 0; i < 10; i++) await SpeakTlsAsync(cluster.Replicas[0]);
        await cluster.FiresAsync("ConnectionsUnusable");
        await cluster.ResolvesAsync("ConnectionsUnusable");
    }

    [Fact]
    public async Task NodeChecksFail_SubscriberOfUnknownAddress_FiresUntilItIsGone()
    {
        await using var cluster = await MonitoredCluster.StartAsync(null, ["--authorize-exempt", "10.255.0.0/16"]);
        var stream = cluster.Subscribe(cluster.Replicas[0], MonitoredCluster.QuietNode);
        await cluster.FiresAsync("NodeChecksFail");
        await cluster.EndAsync(stream);
        await cluster.ResolvesAsync("NodeChecksFail");
    }

    [Fact]
    public async Task CertificateExpires_DaysBeforeItsEnd_FiresUntilItIsRenewed()
    {
        await using var cluster = await MonitoredCluster.StartAsync(null);
        using var authority = new Authority();
        var flags = Mount(cluster, authority.Issue(end: DateTimeOffset.UtcNow.AddDays(2)));
        await cluster.AddAsync(flags);
        await cluster.FiresAsync("CertificateExpires");
        Mount(cluster, authority.Issue(end: DateTimeOffset.UtcNow.AddDays(60)));
        await cluster.ResolvesAsync("CertificateExpires");
    }

    [Fact]
    public async Task CertificateUnusable_KeyOfAnother_FiresUntilThePairFits()
    {
        await using var cluster = await MonitoredCluster.StartAsync(null);
        using var authority = new Authority();
        var good = authority.Issue(end: DateTimeOffset.UtcNow.AddDays(60));
        await cluster.AddAsync(Mount(cluster, good));
        Mount(cluster, (good.Certificate, authority.Issue().Key));
        await cluster.FiresAsync("CertificateUnusable");
        Mount(cluster, good);
        await cluster.ResolvesAsync("CertificateUnusable");
    }

    [Fact]
    public async Task SeriesDropped_MetricWithTooMany_FiresUntilItStops()
    {
        await using var cluster = await MonitoredCluster.StartAsync(null, MonitoredCluster.Defaults);
        using var exporter = new PrometheusExporter(hasControllerNames: false);
        using var meter = new Meter("MetaCollector.Test.TooMany");
        var counter = meter.CreateCounter<long>("meta_collector_test_too_many");
        await using var served = new ServedMetrics(exporter.Scrape);
        await cluster.Prometheus.AddAsync("other", served.Address);
        for (var i = 0; i < 1010; i++) counter.Add(1, new KeyValuePair<string, object?>("id", i));
        await cluster.FiresAsync("SeriesDropped");
        await cluster.ResolvesAsync("SeriesDropped");
    }

    private static string[] Mount(MonitoredCluster cluster, (string Certificate, string Key) pair)
    {
        File.WriteAllText(cluster.PathOf("tls.key"), pair.Key);
        File.WriteAllText(cluster.PathOf("tls.crt"), pair.Certificate);
        return ["--broker-server-cert", cluster.PathOf("tls.crt"), "--broker-server-key", cluster.PathOf("tls.key")];
    }

    // One that is closed while the next ones are made may be so before it is noticed to be open.
    private static async Task TryConnectAsync(TcpClient client, int port)
    {
        try
        {
            await client.ConnectAsync("127.0.0.1", port, TestContext.Current.CancellationToken);
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionReset)
        {
            // Refused, as is to happen to most.
        }
    }

    private static async Task SpeakTlsAsync(CollectorProcess replica)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", replica.BrokerPort);
        await using var tls = new SslStream(client.GetStream());
        await Assert.ThrowsAnyAsync<Exception>(() => tls.AuthenticateAsClientAsync("127.0.0.1"));
    }
}
