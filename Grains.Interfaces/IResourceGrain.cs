using MetaCollector.Grains.Interfaces.Inspection;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;

namespace MetaCollector.Grains.Interfaces;

/// <summary>
/// The resources of one namespace and their relations; the key is the namespace's name. Fed by the leader, feeds the nodes.
/// </summary>
[Alias("MetaCollector.IResourceGrain")]
public interface IResourceGrain : IGrainWithStringKey
{
    /// <summary>The leader hands over what changed in the namespace.</summary>
    /// <param name="batch">One part of a batch. A snapshot replaces what is held of the kinds in <paramref name="watched"/>, and of no other.</param>
    /// <param name="watched">The kinds that the leader can read; any other is unknown, not empty.</param>
    /// <returns><see cref="Verdict.Refused"/> where this silo has seen a newer term.</returns>
    [Alias("Feed")]
    Task<Receipt> FeedAsync(Batch<ResourceChange> batch, KindSet watched);

    /// <summary>
    /// A node asks whether its slice is current. Where it is not, what is missing follows through
    /// <see cref="INodeGrain.ReceiveAsync"/>.
    /// </summary>
    /// <param name="node">Name of the node.</param>
    /// <param name="held">The position that the node holds of this namespace.</param>
    /// <param name="atLeast">The position that the node wants to reach, as the leader told it; <see cref="Position.None"/> for no such wish.</param>
    /// <returns>The position as of which the slice at <paramref name="held"/> is current; <see cref="Position.None"/> where it is not.</returns>
    [Alias("VerifySlice")]
    Task<Position> VerifyAsync(string node, Position held, Position atLeast);

    /// <summary>What it holds, for people. Changes nothing.</summary>
    [Alias("Inspect")]
    Task<NamespaceInspection> InspectAsync();

    /// <summary>What it holds to be related to a node, and why, for people. Changes nothing.</summary>
    [Alias("InspectNode")]
    Task<SliceInspection> InspectNodeAsync(string node);

    /// <summary>What it knows of a pod, for people. Changes nothing.</summary>
    /// <param name="name">Name of the pod, in this namespace.</param>
    [Alias("InspectPod")]
    Task<PodInspection> InspectPodAsync(string name);
}
