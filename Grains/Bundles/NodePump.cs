using MetaCollector.Conversation.Diagnostics;
using MetaCollector.Conversation.Sending;
using MetaCollector.Grains.Interfaces.Bundles;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;
using MetaCollector.Grains.Placement;
using MetaCollector.Grains.Slices;

namespace MetaCollector.Grains.Bundles;

/// <summary>Tells one node what changed in its slice of a namespace, until nothing is due. Lives on the scheduler of the namespace's grain.</summary>
/// <param name="outgoing">What is due.</param>
/// <param name="node">Name of the node.</param>
/// <param name="homes">Knows where its grain belongs.</param>
/// <param name="bundles">Carry the batches.</param>
/// <param name="time">Clock for the pauses after failures.</param>
/// <param name="faults">Is told of exceptions that nobody expected.</param>
/// <param name="idle">Called when nothing is due any more.</param>
internal sealed class NodePump(
    SliceOutgoing outgoing, string node, GrainHomes homes, SiloBundles bundles, TimeProvider time, Faults faults, Action<NodePump> idle) : BatchPump<SliceChange>(outgoing, time, faults)
{
    /// <summary>Name of the node.</summary>
    public string Node => node;

    /// <inheritdoc/>
    protected override string Consumer => $"node {node}";

    /// <inheritdoc/>
    protected override void OnIdle() => idle(this);

    /// <inheritdoc/>
    protected override string Step => "tell node";

    /// <inheritdoc/>
    protected override int SizeOf(SliceChange change) => MessageSize.Of(change);

    /// <inheritdoc/>
    protected override async Task<Receipt> SendAsync(Batch<SliceChange> part) =>
        await bundles.DeliverAsync(homes.OfNode(node, outgoing.HeardFrom), new SliceDelivery(node, part)) ?? throw new TimeoutException($"{Consumer} did not take a batch.");
}
