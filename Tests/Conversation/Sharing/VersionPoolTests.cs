using System.Runtime.CompilerServices;
using MetaCollector.Conversation.Sharing;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Conversation.Sharing;

public sealed class VersionPoolTests
{
    private readonly VersionPool _pool = new();

    [Fact]
    public void Share_CopyOfAVersion_GivesTheFirstInstance()
    {
        var first = _pool.Share(Version(1));
        var copy = Version(1);
        Assert.NotSame(first, copy);
        Assert.Same(first, _pool.Share(copy));
        Assert.Same(first.Resource, _pool.Share(copy.Resource));
    }

    [Fact]
    public void Share_NewerVersion_TakesThePlaceOfTheOlder()
    {
        var older = _pool.Share(Version(1));
        var newer = _pool.Share(Version(1, "10.0.0.2"));
        Assert.Equal("10.0.0.2", ((Pod)newer.Resource).Ip);
        Assert.Same(newer, _pool.Share(Version(1, "10.0.0.2")));
        Assert.NotSame(older, _pool.Share(Version(1)));
    }

    [Fact]
    public void Share_OtherReferences_IsAnotherVersionOfTheSameResource()
    {
        var first = _pool.Share(Version(1));
        var second = _pool.Share(Version(1) with { References = RefersTo(9) });
        Assert.NotSame(first, second);
        Assert.Same(first.Resource, second.Resource);
        Assert.True(second.References!.Contains(UidOf(9)));
    }

    [Fact]
    public void Share_PodsOfOneReplicaSet_HaveTheirPartsInCommon()
    {
        var (one, other) = ((Pod)_pool.Share(Version(1)).Resource, (Pod)_pool.Share(Version(2)).Resource);
        Assert.Same(one.Labels, other.Labels);
        Assert.Same(one.Controller, other.Controller);
        Assert.Same(one.Namespace, other.Namespace);
        Assert.Same(one.Node, other.Node);
        Assert.Same(one.GenerateName, other.GenerateName);
        Assert.Same(_pool.Share(Version(1)).References, _pool.Share(Version(2)).References);
        Assert.Equal(Version(2).Resource, other);
    }

    [Fact]
    public void Share_LabelsOfOtherPods_HaveTheirTextsInCommon()
    {
        var (one, other) = (_pool.Share(Labels("a")), _pool.Share(Labels("b")));
        Assert.NotSame(one, other);
        Assert.Same(one.At(0).Key, other.At(0).Key);
        Assert.Same(one.At(0).Value, other.At(0).Value);
        Assert.Same(_pool.Share(Copy("app")), one.At(0).Key);

        static LabelSet Labels(string hash) => LabelSet.Of([new(Copy("app"), Copy("web")), new(Copy("hash"), hash)]);
    }

    [Fact]
    public void Share_ManyVersions_KeepsNearlyAll_NeverGivesAnother()
    {
        var shared = Enumerable.Range(0, 50_000).Select(i => _pool.Share(Version(i))).ToArray();
        var again = Enumerable.Range(0, 50_000).Select(i => _pool.Share(Version(i))).ToArray();
        Assert.Equal(shared, again);
        Assert.InRange(shared.Zip(again).Count(pair => ReferenceEquals(pair.First, pair.Second)), 48_000, 50_000);
    }

    [Fact]
    public void Share_VersionThatNobodyKeeps_IsForgotten()
    {
        var kept = _pool.Share(Version(1));
        var dropped = Dropped(2);

        for (var deadline = Environment.TickCount64 + 60_000; dropped.IsAlive; GC.Collect()) Assert.True(Environment.TickCount64 < deadline, "it is still kept");

        Assert.Same(kept, _pool.Share(Version(1)));
    }

    [Fact]
    public void Share_KnownVersion_AllocatesNothing()
    {
        var kept = _pool.Share(Version(1));
        var copy = Version(1);
        Assert.Equal(0, Allocations.PerRound(() => _pool.Share(copy)));
        GC.KeepAlive(kept);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private WeakReference Dropped(int number) => new(_pool.Share(Version(number)));

    // Texts are made anew each time, as they are when they come from another silo.
    private static NodeResource Version(int number, string ip = "10.0.0.1") => new(
        new Pod
        {
            Kind = ResourceKind.Pod, Uid = UidOf(number), Namespace = Copy("shop"), Name = $"web-{number}", GenerateName = Copy("web-"), Node = Copy("node-a"),
            Ip = Copy(ip), Labels = LabelSet.Of([new(Copy("app"), Copy("web"))]), Controller = new Owner(Copy("apps"), Copy("ReplicaSet"), UidOf(-1)),
        },
        RefersTo(-1));

    private static References RefersTo(int number) => new() { Kinds = [new KindReferences(Copy("ReplicaSet"), [UidOf(number)])] };

    private static Uid UidOf(int number) => Uid.Parse(new Guid(System.Security.Cryptography.SHA256.HashData(BitConverter.GetBytes(number)).AsSpan(0, 16)).ToString());

    private static string Copy(string text) => new(text.AsSpan());
}
