using CsCheck;
using MetaCollector.Grains.Interfaces.Model;
using Xunit;

namespace MetaCollector.Tests.Informer.Storing;

/// <summary>Random histories of what readers bring, of terms and of losses on the way, against a plain dictionary.</summary>
public sealed class StoreHistoryTests
{
    internal static readonly ResourceKind[] Kinds = [ResourceKind.Pod, ResourceKind.Namespace, ResourceKind.Service, ResourceKind.ReplicaSet, ResourceKind.Deployment];
    internal static readonly string[] Namespaces = ["a", "b", "c"];

    private static readonly Gen<Resource> GenResource = Gen.Select(
        Gen.OneOf(Kinds), Gen.OneOf(Namespaces), Gen.Int[0, 3], Gen.Int[0, 2], Gen.Int[0, 2], Gen.Int[0, 3], Make);

    private static readonly Gen<StoreStep> GenSet = GenResource.Select(resource => (StoreStep)new Set(resource));
    private static readonly Gen<StoreStep> GenRemove = GenResource.Select(resource => (StoreStep)new Remove(resource));

    private static readonly Gen<StoreStep> GenRelist = Gen.Select(
        Gen.OneOf(Kinds), GenResource.Array[0, 8], (kind, listed) => (StoreStep)new Relist(kind, listed));

    private static readonly Gen<StoreStep> GenTrouble = Gen.Int[0, 6].Select(Gen.OneOf(Kinds), Gen.OneOf(Namespaces), Gen.Int[1, 3],
        (which, kind, name, times) => which switch
        {
            0 => (StoreStep)new Unknown(kind),
            1 => new LoseGrain(name),
            2 => new LoseBatches(times),
            3 => new LoseReceipts(times),
            4 => new NewTerm(),
            5 => new RelistSame(kind),
            _ => new Settle(),
        });

    private static readonly Gen<StoreStep> GenStep = Gen.Int[0, 11].SelectMany(which => which switch
    {
        < 4 => GenSet,
        < 6 => GenRemove,
        < 8 => GenRelist,
        _ => GenTrouble,
    });

    [Fact]
    public void Store_AnyHistory_FeedsWhatWasReadAndMarksExactlyWhatChanged() =>
        GenStep.Array[1, 60].Sample(steps => new StoreHistory().Run(steps), iter: 2000, threads: 1);

    private static Resource Make(ResourceKind kind, string ns, int id, int label, int node, int address)
    {
        var uid = Uid.Parse($"{kind}-{ns}-{(kind == ResourceKind.Namespace ? 0 : id)}");
        var labels = label == 0 ? LabelSet.Empty : LabelSet.Of([new("v", $"{label}")]);
        var name = kind == ResourceKind.Namespace ? ns : $"n-{id}";
        // The label says who owns it, too: a pod a ReplicaSet, that a Deployment.
        var owner = label == 0 ? null : kind switch
        {
            ResourceKind.Pod => new Owner("apps", "ReplicaSet", Uid.Parse($"ReplicaSet-{ns}-{label}")),
            ResourceKind.ReplicaSet => new Owner("apps", "Deployment", Uid.Parse($"Deployment-{ns}-{label}")),
            _ => null,
        };
        return kind switch
        {
            ResourceKind.Pod => new Pod
            {
                Kind = kind, Uid = uid, Namespace = ns, Name = name, Labels = labels, Controller = owner, Node = node == 0 ? "" : $"node-{node}",
                // Its own address, which another pod may have too, and its host's; none once it has finished.
                Addresses = address == 0 ? [] : [$"10.1.0.{address}", $"10.0.0.{node}"],
            },
            ResourceKind.Service => new Service { Kind = kind, Uid = uid, Namespace = ns, Name = name, Labels = labels },
            _ => new Resource { Kind = kind, Uid = uid, Namespace = ns, Name = name, Labels = labels, Controller = owner },
        };
    }
}

internal abstract record StoreStep;

internal sealed record Set(Resource Resource) : StoreStep;

internal sealed record Remove(Resource Resource) : StoreStep;

internal sealed record Relist(ResourceKind Kind, Resource[] Listed) : StoreStep;

internal sealed record RelistSame(ResourceKind Kind) : StoreStep;

internal sealed record Unknown(ResourceKind Kind) : StoreStep;

internal sealed record LoseGrain(string Name) : StoreStep;

internal sealed record NewTerm : StoreStep;

internal sealed record LoseBatches(int Times) : StoreStep;

internal sealed record LoseReceipts(int Times) : StoreStep;

internal sealed record Settle : StoreStep;
