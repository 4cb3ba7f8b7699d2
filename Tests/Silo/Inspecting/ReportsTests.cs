using System.Net;
using MetaCollector.Grains;
using MetaCollector.Grains.Interfaces.Inspection;
using MetaCollector.Grains.Interfaces.Leadership;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;
using MetaCollector.Silo.Inspecting;
using Xunit;
using static MetaCollector.Testing.Oracle.Objects;

namespace MetaCollector.Tests.Silo.Inspecting;

/// <summary>What is found to be wrong, of everything that can be: each fault alone, and nothing where nothing is.</summary>
public sealed class ReportsTests
{
    private static readonly SiloAddress First = SiloAddress.New(IPAddress.Parse("10.0.0.1"), 11111, 1);
    private static readonly SiloAddress Second = SiloAddress.New(IPAddress.Parse("10.0.0.2"), 11111, 1);
    private static readonly KindInspection Pods = new(ResourceKind.Pod, "watching", 3, TimeSpan.FromSeconds(20), null, IsSilent: false);
    private static readonly ReplicaInspection Leading = new()
    {
        Term = 7, Server = "https://api/", Kinds = [Pods], Nodes = ["node-a"], Streams = [new StreamsOfNode("node-a", 1)],
    };

    private static readonly Pod Web = Pod("web-1").On("node-a").WithIp("10.0.0.9");

    [Fact]
    public void Cluster_AllWell_FindsNothing() => Assert.Empty(Findings(Leading));

    [Theory]
    [InlineData(null, "no replica leads: 10.0.0.1:11111, which led in term 7, is gone or has given up, and nobody has taken over yet; what is known goes on being served, but no change is seen")]
    [InlineData("403 forbidden", "no replica leads: 10.0.0.1:11111, which led in term 7, is gone or has given up, and nobody has taken over yet: the Lease cannot be taken: 403 forbidden; what is known goes on being served, but no change is seen")]
    public void Cluster_LeaderGone_SaysWhoItWasAndWhyNobodyTookOver(string? trouble, string finding)
    {
        var survey = new Survey(new LeaderAnnouncement(7, First, true), [Replica(Second, new ReplicaInspection { LeaseTrouble = trouble })]);
        Assert.Equal([finding], ClusterReports.Make(survey, _ => false).Findings);
    }

    [Fact]
    public void Cluster_NobodyLedYet_SaysSo() =>
        Assert.Equal(["no replica leads yet"], ClusterReports.Make(new Survey(null, [Replica(First, new ReplicaInspection())]), _ => false).Findings);

    [Fact]
    public void Cluster_KindRefused_NamesTheVerbsAndWhatIsMissed() => Assert.Equal(
        ["ReplicaSet cannot be read (403 no): grant list and watch on it; until then no ReplicaSet is sent, nor what only one leads to"],
        Findings(Leading with { Kinds = [Pods, new KindInspection(ResourceKind.ReplicaSet, "unknown", 0, null, "403 no", IsSilent: false)] }));

    [Theory]
    [InlineData(ResourceKind.ReplicaSet, "404 page not found", "ReplicaSet cannot be read (404 page not found): this server does not serve it: is its address that of an API server (--kubeconfig), and of a version that has this kind?; until then no ReplicaSet is sent, nor what only one leads to")]
    [InlineData(ResourceKind.EndpointSlice, "403 no", "EndpointSlice cannot be read (403 no): grant list and watch on it; until then nothing new is known of which pods a service without a selector serves")]
    public void Cluster_KindMissingOrNeverSent_SaysWhatHelpsAndWhatIsMissed(ResourceKind kind, string reason, string finding) =>
        Assert.Equal([finding], Findings(Leading with { Kinds = [Pods, new KindInspection(kind, "unknown", 0, null, reason, IsSilent: false)] }));

    [Fact]
    public void Cluster_LeaderThatCannotUseTheLease_IsAFinding_ThoughItLeads()
    {
        var survey = new Survey(
            new LeaderAnnouncement(7, First, true),
            [Replica(First, Leading with { LeaseTrouble = "403 forbidden" }), Replica(Second, new ReplicaInspection { LeaseTrouble = "403 forbidden" })]);
        var finding = Assert.Single(ClusterReports.Make(survey, _ => false).Findings);
        Assert.StartsWith("the Lease cannot be used by ", finding, StringComparison.Ordinal);
        Assert.EndsWith(": 403 forbidden; the leader goes on, but nobody could take over from it", finding, StringComparison.Ordinal);
    }

    [Fact]
    public void Cluster_PodsRefusedBeforeTheyWereRead_SaysThatNobodyIsToldAnything()
    {
        var kinds = Pods with { State = "unknown", Reason = "403 no" };
        var survey = new Survey(new LeaderAnnouncement(7, First, false) { Blindness = "Pods cannot be read: 403 no" }, [Replica(First, Leading with { Kinds = [kinds] })]);
        Assert.Equal("the leader tells nobody anything before it can read Pods and Namespaces", ClusterReports.Make(survey, _ => false).Findings[^1]);
    }

    [Fact]
    public void Cluster_AnswersThatAreNoneOfAnApiServer_AreFindings_AndNoWatchIsCalledOne()
    {
        var kinds = Pods with { State = "listing", Reason = "400 Client sent an HTTP request to an HTTPS server." };
        Assert.Equal(
            "Pod cannot be read: 400 Client sent an HTTP request to an HTTPS server.; it is tried again", Findings(Leading with { Kinds = [kinds] })[0]);
        Assert.Equal("resuming", Assert.Single(ClusterReports.Make(Survey(Leading with { Trouble = "Connection refused" }), _ => false).Kinds).State);
    }

    [Fact]
    public void Cluster_WatchSilent_SaysForHowLong() => Assert.StartsWith(
        "Pod: nothing was heard from the API server for 2m5s", Assert.Single(Findings(Leading with { Kinds = [Pods with { SinceLastEvent = TimeSpan.FromSeconds(125), IsSilent = true }] })),
        StringComparison.Ordinal);

    [Fact]
    public void Cluster_ApiServerAway_SaysWhyAndWhatItMeans() => Assert.Equal(
        ["the API server at https://api/ cannot be read: Connection refused; what is known goes on being served, but no change is seen"],
        Findings(Leading with { Trouble = "Connection refused" }));

    [Fact]
    public void Cluster_NotSynced_NamesTheKindsThatAreMissing()
    {
        var survey = new Survey(new LeaderAnnouncement(7, First, false), [Replica(First, Leading with { Kinds = [Pods with { State = "listing" }] })]);
        Assert.Equal(["the leader has not read everything yet, and new streams wait for it: still listing Pod"], ClusterReports.Make(survey, _ => false).Findings);
    }

    [Fact]
    public void Cluster_StreamOfANodeWithoutPods_GuessesTheNode() => Assert.Equal(
    [
        "a stream asks for node 'node-a.example', which has no pods: Falco's k8smeta must be given the name that kubectl get nodes shows (nodeName); did you mean node-a?",
        "1 of 1 nodes with pods have no stream, so no Falco there gets metadata: node-a",
    ], Findings(Leading with { Streams = [new StreamsOfNode("node-a.example", 1)] }));

    [Theory]
    [InlineData("virtual-*", "1 of 3 nodes with pods have no stream, so no Falco there gets metadata: worker-1")]
    [InlineData("*", null)]
    [InlineData("virtual", "3 of 3 nodes with pods have no stream, so no Falco there gets metadata: virtual-1, virtual-2, worker-1")]
    public void Cluster_NodesWithoutFalco_AreNotMissed(string pattern, string? finding)
    {
        var options = new GrainsOptions { NodesWithoutFalco = [pattern] };
        Assert.Equal(finding is null ? [] : [finding], ClusterReports.Make(
            Survey(Leading with { Nodes = ["virtual-1", "virtual-2", "worker-1"], Streams = [] }), options.IsWithoutFalco).Findings);
    }

    [Fact]
    public void Cluster_StreamStuck_NamesItAndWhatWaits() => Assert.Equal(
        ["the stream of node node-a to ipv4:10.0.0.7:5 on metacollector-1 is stuck: its Falco has taken nothing for 40s, and 120 events wait for it"],
        Findings(Leading with { Stuck = [Stream() with { BlockedFor = TimeSpan.FromSeconds(40), Pending = 120 }] }));

    [Fact]
    public void Cluster_StreamsWaitToBegin_NamesTheirNodes() => Assert.Equal(
        ["streams have waited for more than 5s to begin, which they do once everything related to their node is known: nodes node-a, node-b; metacollector inspect node NAME says what is missing"],
        Findings(Leading with { Stuck = [Stream() with { Node = "node-b", HasStarted = false }, Stream() with { HasStarted = false }, Stream() with { HasStarted = false }] }));

    [Fact]
    public void Cluster_ReplicaDoesNotAnswer_SaysThatItsStreamsAreMissing()
    {
        var survey = new Survey(new LeaderAnnouncement(7, First, true), [Replica(First, Leading), new SurveyedReplica(Second, "metacollector-2", SiloStatus.Active, null, "timeout")]);
        Assert.Equal(["replica metacollector-2 at 10.0.0.2:11111 (Active) did not answer, and its streams are missing here: timeout"], ClusterReports.Make(survey, _ => false).Findings);
    }

    [Fact]
    public void Pod_SentToItsNode_FindsNothing()
    {
        var report = OfPod(Web, Stream() with { Sent = [new SentResource(Web.Uid, true)] });
        Assert.Empty(report.Findings);
        Assert.Equal(SentState.Sent, Assert.Single(report.Streams).State);
    }

    [Fact]
    public void Pod_NotBound_IsNobodys() => Assert.StartsWith("the pod is not bound to a node", Assert.Single(OfPod(Pod("web-1")).Findings), StringComparison.Ordinal);

    [Fact]
    public void Pod_WithoutIp_SaysThatAnUpdateFollows() =>
        Assert.StartsWith("the pod has no IP", Assert.Single(OfPod(Web with { Ip = null }, Stream()).Findings), StringComparison.Ordinal);

    [Fact]
    public void Pod_NobodyStreamsItsNode_SaysSo() => Assert.Equal(
        ["no replica has a stream of node node-a: its Falco is not connected, or asks for another name"], OfPod(Web).Findings);

    [Fact]
    public void Pod_OwnerNotKnown_GoesWithoutTheReference()
    {
        var owned = new PodInspection
        {
            Position = new Position(7, 1), Watched = ResourceKinds.Standard, Pod = Web,
            References = [new PodReference("ReplicaSet", Uid.Parse("rs-uid"), null, ReferenceReason.Owner, IsSent: false)],
        };
        Assert.Equal(["the pod goes without a reference to ReplicaSet rs-uid: it is not known yet, or no more"], OfPod(owned, Stream()).Findings);
    }

    [Fact]
    public void Pod_NotKnown_SaysWhoElseMightKnow() => Assert.StartsWith(
        "no pod default/web-1 is known", Assert.Single(OfPod(new PodInspection { Position = new Position(7, 1), Watched = ResourceKinds.Standard }).Findings), StringComparison.Ordinal);

    [Fact]
    public void Pod_StreamThatDidNotAskForPods_SaysSo() => Assert.Equal(
        ["the stream to ipv4:10.0.0.7:5 on metacollector-1 did not ask for pods"], OfPod(Web, Stream() with { Kinds = KindSet.Of(ResourceKind.Service) }).Findings);

    [Fact]
    public void Namespace_BehindTheLeader_SaysHowFar() => Assert.Equal(
        ["namespace shop is behind: it is at 7.3, and the leader has read 7.5"],
        NamespaceReports.Make("shop", Survey(Leading), new Position(7, 5), new NamespaceInspection { Position = new Position(7, 3) }).Findings);

    private static IReadOnlyList<string> Findings(ReplicaInspection leader) => ClusterReports.Make(Survey(leader), _ => false).Findings;

    private static Survey Survey(ReplicaInspection leader) => new(new LeaderAnnouncement(7, First, true), [Replica(First, leader)]);

    private static SurveyedReplica Replica(SiloAddress silo, ReplicaInspection inspection) => new(silo, "metacollector-1", SiloStatus.Active, inspection, null);

    private static StreamInspection Stream() => new() { Node = "node-a", Peer = "ipv4:10.0.0.7:5", Kinds = ResourceKinds.Standard, HasStarted = true };

    private static PodReport OfPod(Pod pod, params StreamInspection[] streams) =>
        OfPod(new PodInspection { Position = new Position(7, 1), Watched = ResourceKinds.Standard, Pod = pod }, streams);

    private static PodReport OfPod(PodInspection held, params StreamInspection[] streams) => PodReports.Make(
        "default", "web-1", Survey(Leading), new Position(7, 1), held,
        streams.Length == 0 ? [] : [new ReplicaStreams("metacollector-1", new NodeStreams { Count = streams.Length, Streams = [.. streams] })]);
}
