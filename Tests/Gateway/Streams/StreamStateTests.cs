using MetaCollector.Conversation.Receiving;
using MetaCollector.Conversation.Sharing;
using MetaCollector.Gateway.Streams;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Tests.Support;
using Xunit;

namespace MetaCollector.Tests.Gateway.Streams;

/// <summary>The rules of the order, one by one; random histories prove them together.</summary>
public sealed class StreamStateTests
{
    private readonly UidSortedSet<NodeResource> _content = new();
    private readonly StreamState _stream = new(ResourceKinds.Standard);

    public StreamStateTests() => _stream.Start(_content, 0);

    [Fact]
    public void Create_PodBeforeItsReferences_SendsThemFirst()
    {
        var set = Things.Of(ResourceKind.ReplicaSet, "web");
        var service = Things.Of(ResourceKind.Service, "web");
        Put(Things.Pod("web").RefersTo(set, service), service, set);
        Assert.Equal(["Create ReplicaSet web", "Create Service web", "Create Pod web"], Drain());
    }

    [Fact]
    public void Delete_ServiceBeforeItsPodsChange_UpdatesThePodsFirst()
    {
        var service = Things.Of(ResourceKind.Service, "web");
        Put(Things.Pod("web").RefersTo(service), service);
        Drain();
        Remove(service);
        Put(Things.Pod("web"));
        Assert.Equal(["Update Pod web", "Delete Service web"], Drain());
    }

    [Fact]
    public void Delete_OwnerAndPods_DeletesThePodsFirst()
    {
        var set = Things.Of(ResourceKind.ReplicaSet, "web");
        Put(Things.Pod("web").RefersTo(set), set);
        Drain();
        Remove(set, Things.Pod("web"));
        Assert.Equal(["Delete Pod web", "Delete ReplicaSet web"], Drain());
    }

    [Fact]
    public void Delete_WhileTheNewOwnerIsUnsent_SendsItThenThePodThenDeletes()
    {
        var old = Things.Of(ResourceKind.ReplicaSet, "old");
        var next = Things.Of(ResourceKind.ReplicaSet, "next");
        Put(Things.Pod("web").RefersTo(old), old);
        Drain();
        Remove(old);
        Put(Things.Pod("web").RefersTo(next), next);
        Assert.Equal(["Create ReplicaSet next", "Update Pod web", "Delete ReplicaSet old"], Drain());
    }

    [Fact]
    public void Create_PodsThatOwnEachOther_SendsEachOnce()
    {
        var first = Things.Pod("first");
        var second = Things.Pod("second");
        Put(first.RefersTo(second), second.RefersTo(first));
        Assert.Equal(["Create Pod first", "Create Pod second"], Drain().Order());
        Remove(first, second);
        Assert.Equal(["Delete Pod first", "Delete Pod second"], Drain().Order());
    }

    [Fact]
    public void Create_ChainOfPods_IsSentFromItsEnd()
    {
        const int Length = 500;
        var chain = Enumerable.Range(0, Length).Select(number => Things.Pod($"pod-{number:d3}")).ToArray();
        for (var i = 0; i + 1 < Length; i++) chain[i] = chain[i].RefersTo(chain[i + 1]);
        Put(chain);
        Assert.Equal(chain.Reverse().Select(pod => $"Create Pod {pod.Resource.Name}"), Drain());
    }

    [Fact]
    public void Delete_ReferenceThatIsWronglyKept_IsNotHeldUp()
    {
        var set = Things.Of(ResourceKind.ReplicaSet, "web");
        Put(Things.Pod("web").RefersTo(set), set);
        Drain();
        Remove(set);
        Assert.Equal(["Delete ReplicaSet web"], Drain());
    }

    [Fact]
    public void Mark_CameAndWentUnsent_IsNothingAndCostsNothing()
    {
        for (var i = 0; i < 1000; i++)
        {
            Put(Things.Pod($"job-{i}"));
            Remove(Things.Pod($"job-{i}"));
        }

        Assert.Equal(0, _stream.Pending);
        Assert.Empty(Drain());
    }

    [Fact]
    public void Mark_ChangedAndChangedBack_IsNothing()
    {
        Put(Things.Pod("web"));
        Drain();
        Put(Things.Pod("web", "10.0.0.1"));
        Put(Things.Pod("web"));
        Assert.Empty(Drain());
    }

    [Fact]
    public void Mark_DeletedAndBackUnderTheSameUid_IsOneUpdateAtMost()
    {
        Put(Things.Pod("web"));
        Drain();
        Remove(Things.Pod("web"));
        Put(Things.Pod("web", "10.0.0.1"));
        Assert.Equal(["Update Pod web"], Drain());
    }

    [Fact]
    public void Update_OnlyWhatIsNotSentChanged_IsNothing()
    {
        var pod = Things.Pod("web");
        Put(pod);
        Drain();
        Put(pod with { Resource = pod.Resource with { Controller = new Owner("apps", "ReplicaSet", Things.UidOf("x", "y")) } });
        Assert.Empty(Drain());
    }

    [Fact]
    public void Update_KindOfAUidChanged_IsDeleteAndCreate()
    {
        var service = Things.Of(ResourceKind.Service, "web");
        Put(service);
        Drain();
        Put(service with { Resource = new Resource { Kind = ResourceKind.Deployment, Uid = service.Uid, Namespace = "default", Name = "web" } });
        Assert.Equal(["Delete Service web", "Create Deployment web"], Drain());
    }

    private void Put(params NodeResource[] resources)
    {
        ContentChange[] changes = [.. resources.Select(resource => new ContentChange(resource.Uid, _content.Find(resource.Uid), resource))];
        foreach (var resource in resources) _content.Put(resource);
        foreach (var change in changes) _stream.Mark(change, 0, 0);
    }

    private void Remove(params NodeResource[] resources)
    {
        ContentChange[] changes = [.. resources.Select(resource => new ContentChange(resource.Uid, _content.Find(resource.Uid), null))];
        foreach (var resource in resources) _content.Remove(resource.Uid);
        foreach (var change in changes) _stream.Mark(change, 0, 0);
    }

    private List<string> Drain()
    {
        var events = new List<string>();
        while (_stream.TryNext(_content, out var next)) events.Add($"{next.Reason} {next.Resource.Kind} {next.Resource.Resource.Name}");
        Assert.Equal(0, _stream.Pending);
        return events;
    }
}
