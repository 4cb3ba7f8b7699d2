using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Relations;
using MetaCollector.Testing.Oracle;
using MetaCollector.Tests.Support;
using Xunit;
using static MetaCollector.Testing.Oracle.Objects;

namespace MetaCollector.Tests.Grains.Relations;

/// <summary>Single relations, each of which was wrong once.</summary>
public sealed class RelationsTests
{
    [Fact]
    public void Slice_OwnerAlsoServesThePod_HoldsTheOwnersOwner()
    {
        var deployment = Deployment("web");
        var service = Service("web").Selecting("app=web").OwnedBy(deployment);
        var pod = Pod("web-1").Labelled("app=web").On("node-a").OwnedBy(service);

        Assert.Equal([pod.Uid, service.Uid, deployment.Uid], SliceOf("node-a", pod, service, deployment));
    }

    private static IEnumerable<Uid> SliceOf(string node, params Resource[] resources)
    {
        var relations = new NamespaceRelations(Pools.Versions);
        relations.Apply(
            [.. resources.Select(resource => new ResourceChange(resource.Uid, resource))], ResourceKinds.Standard, ResourceKinds.Standard, _ => { });
        var slice = relations.Slice(node).Select(resource => resource.Uid).ToHashSet();
        return resources.Select(resource => resource.Uid).Where(slice.Contains);
    }
}
