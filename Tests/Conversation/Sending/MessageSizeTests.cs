using MetaCollector.Conversation.Sending;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;
using MetaCollector.Grains.Slices;
using MetaCollector.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using Xunit;

namespace MetaCollector.Tests.Conversation.Sending;

/// <summary>Batches are cut by an estimate: what then goes over the wire is no larger than was meant, so that Orleans' probes need not wait behind it.</summary>
public sealed class MessageSizeTests
{
    private const int Pods = 10_000;

    private static readonly Serializer Serializer = new ServiceCollection().AddSerializer().BuildServiceProvider().GetRequiredService<Serializer>();

    /// <summary>Pods that have hardly a label, those of a Deployment, and those that carry as much as annotators are able to.</summary>
    public static TheoryData<string, int, int> Shapes => new() { { "small", 0, 0 }, { "usual", 6, 20 }, { "large", 40, 60 } };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Feed_OfANamespace_GoesInPartsThatAreSmallOnTheWire(string shape, int labels, int length)
    {
        var batch = new Batch<ResourceChange>
        {
            Namespace = "shop", Position = new Position(1, 1), IsSnapshot = true, Changes = [.. PodsOf(shape, labels, length).Select(pod => new ResourceChange(pod.Uid, pod))],
        };

        AreSmall(shape, [.. BatchParts.Split(batch, MessageSize.Of)]);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Slices_OfANode_GoInMessagesThatAreSmallOnTheWire(string shape, int labels, int length)
    {
        var references = new References
        {
            Kinds = [new KindReferences("Namespace", [UidOf(1)]), new KindReferences("ReplicaSet", [UidOf(2)]), new KindReferences("Service", [UidOf(3), UidOf(4)])],
        };
        var batch = new Batch<SliceChange>
        {
            Namespace = "shop", Position = new Position(1, 1), IsSnapshot = true,
            Changes = [.. PodsOf(shape, labels, length).Select(pod => new SliceChange(pod.Uid, new NodeResource(pod, references), null))],
        };

        AreSmall(shape, [.. SliceMessages.Of([new SlicePart(new SliceOutgoing("shop", new NodeSlice(Pools.Versions)), batch)]).Select(message => message.Select(part => part.Batch).ToArray())]);
    }

    private static void AreSmall<T>(string shape, IReadOnlyList<T> messages)
    {
        Assert.True(messages.Count > 1, $"{shape}: nothing had to be cut");
        var sizes = messages.Select(message => Serializer.SerializeToArray(message).Length).ToList();
        Assert.True(sizes.Max() <= BatchParts.MaxBytes, $"{shape}: {sizes.Max()} bytes, by an estimate of at most {BatchParts.MaxBytes}");
        // Nor is it so careful that a namespace takes many messages where few would do.
        Assert.True(sizes[0] >= BatchParts.MaxBytes / 4, $"{shape}: only {sizes[0]} bytes of {BatchParts.MaxBytes}");
    }

    private static IEnumerable<Pod> PodsOf(string shape, int labels, int length) => Enumerable.Range(0, Pods).Select(i => new Pod
    {
        Kind = ResourceKind.Pod, Uid = UidOf(i), Namespace = "shop", Name = $"{shape}-5fcbd9f566-{i:x5}", GenerateName = $"{shape}-5fcbd9f566-", Node = $"worker-{i % 100}",
        Ip = $"10.0.{i / 250}.{i % 250}",
        Labels = LabelSet.Of(Enumerable.Range(0, labels).Select(n => new KeyValuePair<string, string>($"example.com/label-{n}", $"{i}".PadLeft(length, 'x')))),
    });

    private static Uid UidOf(int i) => Uid.Parse($"0a1b2c3d-4e5f-6071-8293-{i:x12}");
}
