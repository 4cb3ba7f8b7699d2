using MetaCollector.Grains.Interfaces.Bundles;
using MetaCollector.Grains.Interfaces.Inspection;

namespace MetaCollector.Grains.Interfaces;

/// <summary>
/// Holds the resources of one namespace and their relations to nodes; the key is the namespace's name. The leader feeds it; it sends each node its slice.
/// </summary>
[Alias("MetaCollector.IResourceGrain")]
public interface IResourceGrain : IGrainWithStringKey
{
    /// <summary>Takes from the leader what changed in the namespace.</summary>
    /// <param name="batch">One part of a batch. A snapshot replaces what is held of the kinds in <paramref name="watched"/>, and of no other.</param>
    /// <param name="watched">The kinds that the leader can read; any other is unknown, not empty.</param>
    /// <returns><see cref="Verdict.Refused"/> where this silo has seen a newer term.</returns>
    [Alias("Feed")]
    Task<Receipt> FeedAsync(Batch<ResourceChange> batch, KindSet watched);

    /// <summary>
    /// Answers nodes that ask whether their slices are current. The grain sends what a slice lacks with
    /// <see cref="INodeGrain.ReceiveAsync"/>.
    /// </summary>
    /// <param name="queries">The questions.</param>
    /// <param name="from">The silo where these nodes live.</param>
    /// <returns>For each of them, the position as of which the slice is current; <see cref="Position.None"/> where it is not.</returns>
    [Alias("VerifySlices")]
    Task<Position[]> VerifyAsync(SliceQuery[] queries, SiloAddress from);

    /// <summary>What it holds, for <c>metacollector inspect</c>. Read-only.</summary>
    [Alias("Inspect")]
    Task<NamespaceInspection> InspectAsync();

    /// <summary>What is related to a node, and why, for <c>metacollector inspect</c>. Read-only.</summary>
    [Alias("InspectNode")]
    Task<SliceInspection> InspectNodeAsync(string node);

    /// <summary>What it knows of a pod, for <c>metacollector inspect</c>. Read-only.</summary>
    /// <param name="name">Name of the pod, in this namespace.</param>
    [Alias("InspectPod")]
    Task<PodInspection> InspectPodAsync(string name);
}
