using System.Net;
using MetaCollector.Grains.Interfaces.Inspection;
using MetaCollector.Grains.Interfaces.Leadership;
using MetaCollector.Silo.Greetings;
using MetaCollector.Silo.Inspecting;
using Xunit;

namespace MetaCollector.Tests.Silo.Greetings;

public sealed class StrangerFindingsTests
{
    private const string Finding =
        "somebody at 10.0.0.7 speaks TLS to this plaintext port: give the broker a certificate (--broker-server-cert), or take caPEMBundle out of that Falco's k8smeta (5 times, last 3s ago at two)";

    private static readonly SiloAddress Silo = SiloAddress.New(IPAddress.Loopback, 11111, 1);
    private static readonly Survey Seen = Survey(
        ("one", [Stranger("10.0.0.7", 2, 60)]), ("two", [Stranger("10.0.0.7", 3, 3), new("Broker", "NotHttp2", "10.0.0.8", 9, TimeSpan.Zero), new("Newer", "Newer", "", 1, TimeSpan.Zero)]));

    [Fact]
    public void OfCluster_SeveralReplicas_AreOneLineForEachPeer() => Assert.Equal([Finding], StrangerFindings.OfCluster(Seen));

    [Theory]
    [InlineData("node-a", "node-a", true)]
    [InlineData("node-a", "node-b", false)]
    [InlineData("node-a", null, true)]
    [InlineData("served", null, false)]
    [InlineData("served", "served", true)]
    public void OfNode_Peer_BelongsToTheNodeOrToNobodyKnown(string asked, string? home, bool isShown)
    {
        var homes = home is null ? new Dictionary<string, string[]>() : new() { ["10.0.0.7"] = [home] };
        Assert.Equal(isShown ? [Finding] : [], StrangerFindings.OfNode(Seen, asked, homes));
    }

    private static StrangerInspection Stranger(string address, int count, int secondsAgo) =>
        new("Broker", "TlsAtPlaintextPort", address, count, TimeSpan.FromSeconds(secondsAgo));

    private static Survey Survey(params (string Name, StrangerInspection[] Strangers)[] replicas) => new(
        new LeaderAnnouncement(1, Silo, true),
        [.. replicas.Select(replica => new SurveyedReplica(Silo, replica.Name, SiloStatus.Active, new ReplicaInspection
        {
            Strangers = [.. replica.Strangers], Streams = [new StreamsOfNode("served", 1)],
        }, null))]);
}
