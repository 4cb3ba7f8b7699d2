using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Informer.Storing;
using Xunit;

namespace MetaCollector.Tests.Informer.Storing;

/// <summary>What one step changes in the content of a cluster.</summary>
public sealed class ClusterContentTests
{
    private static readonly Resource ReplicaSet =
        new() { Kind = ResourceKind.ReplicaSet, Uid = Uid.Parse("rs"), Namespace = "shop", Name = "web" };

    private readonly ClusterContent _content = new();
    private readonly ContentChanges _changes = new();

    [Fact]
    public void Remove_LastPodOfADeletedOwner_ChangesBothAndLeavesNothing()
    {
        Set(ReplicaSet, Pod("web-1"));
        Assert.True(_content.Remove(ReplicaSet, _changes));
        Assert.False(_content.Remove(ReplicaSet, _changes));
        Assert.Empty(_changes.Objects);

        _content.Remove(Pod("web-1"), _changes);
        _content.Release(_changes);

        Assert.Equal([Pod("web-1"), ReplicaSet], _changes.Objects);
        Assert.Equal((0, 0, 0), (_content.Count, _content.Namespaces.Count, _content.Nodes.Count));
        Assert.Empty(_content.Addresses.NodesWith("10.0.0.1"));
    }

    [Fact]
    public void Release_DeletedOwnerThatAnotherPodNamesMeanwhile_Stays()
    {
        Set(ReplicaSet, Pod("web-1"));
        _content.Remove(ReplicaSet, _changes);

        _content.Remove(Pod("web-1"), _changes);
        _content.Set(Pod("web-2"), _changes);
        _content.Release(_changes);

        Assert.Equal([Pod("web-1"), Pod("web-2")], _changes.Objects);
        Assert.Equal(1, _content.CountOf(ResourceKind.ReplicaSet));
    }

    [Fact]
    public void Set_PodAtAnotherAddressOnly_ChangesNothingAndIsFoundThere()
    {
        Set(Pod("web-1"));

        Assert.False(_content.Set(Pod("web-1") with { Addresses = ["10.0.0.2"] }, _changes));

        Assert.Empty(_changes.Objects);
        Assert.Equal("node-a", Assert.Single(_content.Addresses.NodesWith("10.0.0.2")));
        Assert.Empty(_content.Addresses.NodesWith("10.0.0.1"));
    }

    private void Set(params Resource[] resources)
    {
        foreach (var resource in resources) _content.Set(resource, new ContentChanges());
    }

    private static Pod Pod(string name) => new()
    {
        Kind = ResourceKind.Pod, Uid = Uid.Parse(name), Namespace = "shop", Name = name, Node = "node-a", Addresses = ["10.0.0.1"],
        Controller = new Owner("apps", "ReplicaSet", ReplicaSet.Uid),
    };
}
