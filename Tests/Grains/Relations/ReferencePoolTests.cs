using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Relations;
using MetaCollector.Testing.Oracle;
using Xunit;

namespace MetaCollector.Tests.Grains.Relations;

/// <summary>What pods refer to is kept once, and not for longer than there are such pods.</summary>
public sealed class ReferencePoolTests
{
    private readonly ReferencePool _pool = new();

    [Fact]
    public void Make_TheSameTwice_IsOneInstance() => Assert.Same(Make("a"), Make("a"));

    [Fact]
    public void KeepOnly_WhatIsInUse_StaysTheSameInstanceAndTheRestGoes()
    {
        var kept = Make("kept");
        for (var i = 0; i < 1000; i++) Make($"gone-{i}");
        Assert.True(_pool.HasOutgrown(inUse: 1));

        _pool.KeepOnly([kept]);

        Assert.Equal(1, _pool.Count);
        Assert.Same(kept, Make("kept"));
    }

    [Fact]
    public void Relations_AHundredThousandPodsInARow_KeepNoReferencesOfThoseThatAreGone()
    {
        var relations = new NamespaceRelations();
        var told = new List<NodeChange>();
        Pod? before = null;
        for (var i = 0; i < 100_000; i++)
        {
            var pod = Objects.Pod($"pod-{i}").On("node-a").OwnedBy("example.com", "Rollout", Uid.Parse($"rollout-{i}"));
            relations.Apply(before is null ? [Change(pod)] : [Change(pod), new ResourceChange(before.Uid, null)], ResourceKinds.Standard, default, told.Add);
            told.Clear();
            before = pod;
        }

        Assert.InRange(relations.PooledReferences, 1, 300);
    }

    private static ResourceChange Change(Resource resource) => new(resource.Uid, resource);

    private References Make(string uid) => _pool.Make([("Service", default), ("ReplicaSet", Uid.Parse(uid))]);
}
