using MetaCollector.Grains.Inspection;
using MetaCollector.Grains.Interfaces.Inspection;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;
using MetaCollector.Grains.Slices;
using MetaCollector.Tests.Support;
using Xunit;
using static MetaCollector.Testing.Oracle.Objects;

namespace MetaCollector.Tests.Grains.Inspection;

/// <summary>Why something is related to a node, as people are told.</summary>
public sealed class ExplanationTests
{
    private static readonly Resource Space = Namespace("default");
    private static readonly Resource Web = Deployment("web");
    private static readonly Resource Set = ReplicaSet("web-1").OwnedBy(Web);
    private static readonly Service Front = Service("front").Selecting("app=web");
    private static readonly Pod One = Pod("web-1-a").Labelled("app=web").On("node-a").OwnedBy(Set).WithIp("10.0.0.1");
    private static readonly Pod Two = Pod("web-1-b").Labelled("app=web").On("node-a").OwnedBy(Set);
    private static readonly Pod Other = Pod("alone").On("node-b");

    [Fact]
    public void OfNode_SharedOwners_NamesEveryPodThatNeedsThem()
    {
        var slice = Explanation.OfNode(Fed(Space, Web, Set, Front, One, Two, Other), "node-a");

        Assert.Equal(["web-1-a", "web-1-b"], Because(slice, Set));
        Assert.Equal(["web-1-a", "web-1-b"], Because(slice, Web));
        Assert.Equal(["web-1-a", "web-1-b"], Because(slice, Front));
        Assert.Equal(["web-1-a", "web-1-b"], Because(slice, Space));
        Assert.Equal(["web-1-a"], Because(slice, One));
        Assert.DoesNotContain(slice.Resources, resource => resource.Uid == Other.Uid);
        Assert.Equal(slice.Count, slice.Resources.Count);
    }

    [Fact]
    public void OfNode_ManyPods_CountsAllAndNamesSome()
    {
        Pod[] pods = [.. Enumerable.Range(0, 30).Select(i => Pod($"web-{i:00}").On("node-a").OwnedBy(Set))];
        var owner = Assert.Single(Explanation.OfNode(Fed([Set, .. pods]), "node-a").Resources, resource => resource.Uid == Set.Uid);
        Assert.Equal(30, owner.PodCount);
        Assert.Equal(InspectionLimits.NamesEach, owner.Pods.Count);
    }

    [Fact]
    public void OfNode_NodeThatNobodyAskedFor_ChangesNothing()
    {
        var state = Fed(Space, One);
        Assert.Equal(0, Explanation.OfNode(state, "node-z").Count);
        Assert.DoesNotContain("node-z", state.Nodes.Keys);
    }

    [Fact]
    public void OfNamespace_Everything_ComesWithItsNodesPodsLast()
    {
        var unbound = Pod("waiting");
        var held = Explanation.OfNamespace(Fed(One, unbound, Other, Space, Set));

        Assert.Equal([Space.Uid, Set.Uid, Other.Uid, unbound.Uid, One.Uid], held.Resources.Select(resource => resource.Uid));
        Assert.Equal(["node-a", "node-b"], held.Resources[0].Nodes);
        Assert.Equal(0, held.Resources.Single(resource => resource.Uid == unbound.Uid).NodeCount);
    }

    [Fact]
    public void PodExplanation_OwnersAndServices_SayWhatTiesThem()
    {
        var manual = Service("manual");
        var slice = EndpointSlice("manual-1").Of(manual).Naming(One);
        var references = PodExplanation.Of(Fed(Space, Web, Set, Front, manual, slice, One), One.Name).References;

        Assert.Equal(
        [
            ("Namespace", "default", ReferenceReason.Namespace, ""), ("ReplicaSet", "web-1", ReferenceReason.Owner, ""),
            ("Deployment", "web", ReferenceReason.OwnersOwner, ""), ("Service", "front", ReferenceReason.Selector, "app=web"),
            ("Service", "manual", ReferenceReason.EndpointSlice, "manual-1"),
        ], references.Select(reference => (reference.Kind, reference.Name!, reference.Why, reference.Tie)));
        Assert.All(references, reference => Assert.True(reference.IsSent));
    }

    [Fact]
    public void PodExplanation_OwnerNotKnown_IsNamedAsNotSent()
    {
        var reference = Assert.Single(PodExplanation.Of(Fed(One), One.Name).References);
        Assert.Equal(("ReplicaSet", null, false), (reference.Kind, reference.Name, reference.IsSent));
    }

    [Fact]
    public void PodExplanation_OwnerOfAKindThatIsNotRead_IsSentAsTheReferenceSays()
    {
        var pod = Pod("db-0").On("node-a").OwnedBy(StatefulSet("db"));
        var reference = Assert.Single(PodExplanation.Of(Fed(pod), pod.Name).References);
        Assert.Equal(("StatefulSet", null, true), (reference.Kind, reference.Name, reference.IsSent));
    }

    [Fact]
    public void PodExplanation_NoSuchPod_IsNull() => Assert.Null(PodExplanation.Of(Fed(One), "nobody").Pod);

    private static IEnumerable<string> Because(SliceInspection slice, Resource resource) =>
        Assert.Single(slice.Resources, related => related.Uid == resource.Uid).Pods;

    private static NamespaceState Fed(params Resource[] resources)
    {
        var state = new NamespaceState("default", Pools.Versions);
        state.Receive(
            new Batch<ResourceChange>
            {
                Namespace = "default", Position = new Position(1, 1), IsSnapshot = true,
                Changes = [.. resources.Select(resource => new ResourceChange(resource.Uid, resource))],
            },
            ResourceKinds.Standard, new HashSet<string>());
        return state;
    }
}
