using MetaCollector.Conversation.Diagnostics;
using MetaCollector.Conversation.Sending;
using MetaCollector.Grains.Interfaces.Bundles;
using MetaCollector.Grains.Placement;
using MetaCollector.Grains.Slices;

namespace MetaCollector.Grains.Bundles;

/// <summary>Sends one node what changed in its slice of a namespace, until nothing is due. Runs on the scheduler of the namespace's grain.</summary>
/// <param name="outgoing">Where batches come from.</param>
/// <param name="node">Name of the node.</param>
/// <param name="homes">Finds the silo of the node's grain.</param>
/// <param name="bundles">Sends the batches.</param>
/// <param name="time">Clock for the pauses after failures.</param>
/// <param name="faults">Counts and logs unexpected exceptions.</param>
/// <param name="idle">Called when nothing is due any more.</param>
internal sealed class NodePump(
    SliceOutgoing outgoing, string node, GrainHomes homes, SiloBundles bundles, TimeProvider time, Faults faults, Action<NodePump> idle) : BatchPump<SliceChange>(outgoing, time, faults)
{
    /// <summary>Name of the node.</summary>
    public string Node => node;

    protected override string Consumer => $"node {node}";

    protected override void OnIdle() => idle(this);

    protected override string Step => "tell node";

    protected override int SizeOf(SliceChange change) => MessageSize.Of(change);

    protected override async Task<Receipt> SendAsync(Batch<SliceChange> part) =>
        await bundles.DeliverAsync(homes.OfNode(node, outgoing.HeardFrom), new SliceDelivery(node, part)) ?? throw new TimeoutException($"{Consumer} did not answer to a batch");
}
