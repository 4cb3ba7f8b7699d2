using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Testing.Oracle;
using Xunit;
using static MetaCollector.Testing.Oracle.Objects;

namespace MetaCollector.Tests.TestingOracle;

/// <summary>The oracle itself, by examples that can be checked by eye against PROTOCOL's "What is related to node N".</summary>
public sealed class RelatedOracleTests
{
    [Fact]
    public void RelatedTo_PodOfADeployment_HoldsAllAroundIt()
    {
        var deployment = Deployment("web");
        var set = ReplicaSet("web-1").OwnedBy(deployment);
        var pod = Pod("web-1-a").Labelled("app=web", "tier=front").On("node-a").WithIp("10.0.0.7").OwnedBy(set);
        var service = Service("web").Selecting("app=web");
        Resource[] all = [pod, set, deployment, Namespace("default"), service, Service("other").Selecting("app=web", "tier=back"), ReplicaSet("web-2")];
        var related = new RelatedOracle(all, ResourceKinds.Standard).RelatedTo("node-a");

        Assert.Equal(new[] { pod, set, deployment, all[3], service }.Select(resource => resource.Uid).Order(), related.Keys.Order());
        Assert.Equal(
            $"Pod default/web-1-a uid={pod.Uid} from= labels=app=web,tier=front ip=10.0.0.7 "
            + $"refs=Deployment[{deployment.Uid}] Namespace[{all[3].Uid}] ReplicaSet[{set.Uid}] Service[{service.Uid}]",
            related[pod.Uid].ToString());
        Assert.Empty(new RelatedOracle(all, ResourceKinds.Standard).RelatedTo("node-b"));
    }

    [Fact]
    public void RelatedTo_ServiceWithoutSelector_ServesWhomItsSlicesName()
    {
        var (named, other) = (Pod("db-0").On("node-a"), Pod("db-1").On("node-a"));
        var service = Service("db");
        string RefsWith(EndpointSlice slice) =>
            new RelatedOracle([named, other, service, slice], ResourceKinds.Standard).RelatedTo("node-a")[named.Uid].ToString();

        Assert.EndsWith($"refs=Service[{service.Uid}]", RefsWith(EndpointSlice("one").Of(service).Naming(named)), StringComparison.Ordinal);
        Assert.EndsWith($"refs=Service[{service.Uid}]", RefsWith(EndpointSlice("one").Of(service).NamingOnly("db-0")), StringComparison.Ordinal);
        Assert.EndsWith("refs=Service[]", RefsWith(EndpointSlice("one").Of(service).Naming(named.Again())), StringComparison.Ordinal);
        Assert.EndsWith("refs=Service[]", RefsWith(EndpointSlice("one").In("shop").Of(service).Naming(named)), StringComparison.Ordinal);
    }

    [Fact]
    public void RelatedTo_ExternalName_ServesNobody()
    {
        var pod = Pod("db-0").Labelled("app=db").On("node-a");
        Service[] aliases = [Service("with").Selecting("app=db") with { IsExternalName = true }, Service("without") with { IsExternalName = true }];
        var slice = EndpointSlice("one").Of(aliases[1]).Naming(pod);

        Assert.EndsWith("refs=Service[]", new RelatedOracle([pod, .. aliases, slice], ResourceKinds.Standard).RelatedTo("node-a")[pod.Uid].ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void RelatedTo_TargetWithAUid_IsThatPodWhateverItIsCalled()
    {
        var (meant, called) = (Pod("db-0").On("node-a"), Pod("db-1").On("node-a"));
        var service = Service("db");
        foreach (var name in (string[])["", "db-1"])
        {
            var slice = EndpointSlice("one").Of(service) with { Targets = [new PodTarget(name, meant.Uid)] };
            var related = new RelatedOracle([meant, called, service, slice], ResourceKinds.Standard).RelatedTo("node-a");
            Assert.Equal([service.Uid.ToString()], related[meant.Uid].Refs!["Service"]);
            Assert.Empty(related[called.Uid].Refs!["Service"]);
        }
    }

    [Fact]
    public void RelatedTo_OwnerOfAKindThatIsNotWatched_IsReferredToAllTheSame()
    {
        var set = StatefulSet("db");
        var pod = Pod("db-0").On("node-a").OwnedBy(set);

        Assert.Equal(["Service", "StatefulSet"], new RelatedOracle([pod], ResourceKinds.Standard).RelatedTo("node-a")[pod.Uid].Refs!.Keys);
        Assert.Equal(["Service"], new RelatedOracle([pod], ResourceKinds.Standard.Union(ResourceKinds.Extra)).RelatedTo("node-a")[pod.Uid].Refs!.Keys);
    }

    [Fact]
    public void RelatedTo_OwnersInARing_EndsThere()
    {
        var (one, other) = (ReplicaSet("one"), ReplicaSet("other"));
        var pod = Pod("web").On("node-a").OwnedBy(one);
        var related = new RelatedOracle([pod, one.OwnedBy(other), other.OwnedBy(one)], ResourceKinds.Standard).RelatedTo("node-a");

        Assert.Equal(3, related.Count);
    }
}
