using System.Net;
using MetaCollector.Conversation.Sending;
using MetaCollector.Grains.Interfaces.Inspection;
using MetaCollector.Grains.Interfaces.Leadership;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using Xunit;
using static MetaCollector.Testing.Oracle.Objects;

namespace MetaCollector.Tests.GrainsInterfaces;

/// <summary>What silos send each other arrives as it was sent.</summary>
public sealed class SerializationTests
{
    private static readonly Serializer Serializer = new ServiceCollection().AddSerializer().BuildServiceProvider().GetRequiredService<Serializer>();

    private static readonly Pod Web = Pod("web-1").In("shop").Labelled("app=web", "tier=front").GeneratedFrom("web-").On("node-a").WithIp("10.0.0.7").OwnedBy(ReplicaSet("web"));

    public static TheoryData<object> Messages =>
    [
        Uid.Parse("0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"), Uid.Parse("some-text"), default(Uid),
        LabelSet.Empty, Web.Labels, KindSet.Of(ResourceKind.Pod, ResourceKind.CronJob), new Position(3, 4), new NamespacePosition("shop", new Position(3, 4)),
        new Receipt(Verdict.Refused, new Position(1, 2), 3), Web.Controller!, new Owner("example.com", "Rollout", Uid.Parse("x")),
        Web, Namespace("shop"), Service("web").Selecting("app=web"), Service("ext"), EndpointSlice("ext-1").Of(Service("ext")).Naming(Web),
        EndpointSlice("none"), Refs(), new References { Kinds = [] }, new NodeResource(Web, Refs()), new NodeResource(Deployment("web"), null),
        new ResourceChange(Web.Uid, Web), new ResourceChange(Web.Uid, null),
        new SliceChange(Web.Uid, new NodeResource(Web, Refs()), null), new SliceChange(Web.Uid, null, Refs()), new SliceChange(Web.Uid, null, null),
        new LeaderAnnouncement(3, SiloAddress.New(IPAddress.Loopback, 1111, 22), true),
        new LeaderAnnouncement(3, SiloAddress.New(IPAddress.Loopback, 1111, 22), true) { IsLeaving = true },
        new NamespaceInspection { Position = new Position(3, 4), Watched = ResourceKinds.Standard, Count = 1, NodeCount = 1, Resources = [new PlacedResource(ResourceKind.Pod, Web.Uid, "web-1", ["node-a"], 1)] },
        new SliceInspection { Position = new Position(3, 4), Acknowledged = new Position(3, 3), Count = 1, Resources = [new RelatedResource(ResourceKind.Pod, Web.Uid, "web-1", ["web-1"], 1)] },
        new PodInspection { Position = new Position(3, 4), Pod = Web, References = [new PodReference("Service", Web.Uid, "web", ReferenceReason.Selector, true) { Tie = "app=web" }] },
        new NodeInspection { IsComplete = true, Gateways = 2, Slices = [new HeldSlice("shop", new Position(3, 4), new Position(3, 5), 6)] }, new NodeStreams { Count = 1, Streams = [Stream()] },
        new ReplicaInspection
        {
            Version = "1", HighestTerm = 3, Term = 3, Server = "http://x/", Trouble = "a", LeaseTrouble = "b", Nodes = ["node-a"], Streams = [new StreamsOfNode("node-a", 2)],
            Stuck = [Stream()], Kinds = [new KindInspection(ResourceKind.Pod, "watching", 7, TimeSpan.FromSeconds(3), "why", true)],
        },
    ];

    [Theory]
    [MemberData(nameof(Messages), DisableDiscoveryEnumeration = true)]
    public void RoundTrip_Message_IsEqual(object message)
    {
        var copy = Serializer.Deserialize<object>(Serializer.SerializeToArray(message))!;

        Assert.Equal(message.GetType(), copy.GetType());
        Assert.True(message.Equals(copy), $"{message} came back as {copy}");
        Assert.Equal(message.GetHashCode(), copy.GetHashCode());
    }

    [Fact]
    public void RoundTrip_BatchOfResources_IsEqual() => AssertRoundTrip(new Batch<ResourceChange>
    {
        Namespace = "shop", Previous = new Position(1, 2), Position = new Position(1, 3), IsSnapshot = true, Part = 2, IsLast = false, ArrivedAt = 77,
        Changes = [new ResourceChange(Web.Uid, Web), new ResourceChange(Uid.Parse("gone"), null)],
    });

    [Fact]
    public void RoundTrip_PartsOfASlice_AreEqual()
    {
        var change = new SliceChange(Web.Uid, new NodeResource(Web, Refs()), null);
        var batch = new Batch<SliceChange> { Namespace = "shop", Position = new Position(1, 3), Changes = [change, change with { Resource = null, References = Refs() }] };
        foreach (var part in BatchParts.Split(batch, _ => 1, maxBytes: 1)) AssertRoundTrip(part);
    }

    [Fact]
    public void RoundTrip_Inventory_IsEqual()
    {
        var inventory = new NodeInventory(3, [new NamespacePosition("shop", new Position(3, 4))]);
        var copy = Serializer.Deserialize<NodeInventory>(Serializer.SerializeToArray(inventory))!;

        Assert.Equal(inventory.Term, copy.Term);
        Assert.Equal(inventory.Namespaces, copy.Namespaces);
    }

    [Fact]
    public void RoundTrip_NotLeading_KeepsItsMessage()
    {
        var copy = Serializer.Deserialize<Exception>(Serializer.SerializeToArray<Exception>(new NotLeadingException("not yet")));
        Assert.Equal("not yet", Assert.IsType<NotLeadingException>(copy).Message);
    }

    private static References Refs() => new() { Kinds = [new KindReferences("ReplicaSet", [ReplicaSet("web").Uid]), new KindReferences("Service", [])] };

    private static StreamInspection Stream() => new()
    {
        Node = "node-a", Peer = "ipv4:10.0.0.7:5", Kinds = ResourceKinds.Standard, OpenedAt = DateTimeOffset.UnixEpoch, HasStarted = true, Written = 5, Pending = 2,
        OldestPending = TimeSpan.FromSeconds(1), BlockedFor = TimeSpan.FromSeconds(2), LastDelay = TimeSpan.FromSeconds(3), Sent = [new SentResource(Web.Uid, true)],
    };

    private static void AssertRoundTrip<T>(Batch<T> batch)
    {
        var copy = Serializer.Deserialize<Batch<T>>(Serializer.SerializeToArray(batch))!;

        Assert.Equal(batch.Changes, copy.Changes);
        Assert.Equal(batch, copy with { Changes = batch.Changes });
    }
}
