using MetaCollector.Conversation.Diagnostics;
using MetaCollector.Conversation.Sending;
using MetaCollector.Grains.Interfaces.Bundles;
using MetaCollector.Grains.Placement;
using MetaCollector.Grains.Slices;

namespace MetaCollector.Grains.Bundles;

/// <summary>Sends one node what changed in its slice of a namespace, until nothing is due. Runs on the scheduler of the namespace's grain.</summary>
internal sealed class NodePump(
    SliceOutgoing outgoing, string node, GrainHomes homes, SiloBundles bundles, TimeProvider time, Faults faults, Action<NodePump> idle) : BatchPump<SliceChange>(outgoing, time, faults)
{
    public string Node => node;

    protected override string Consumer => $"node {node}";

    protected override void OnIdle() => idle(this);

    protected override string Step => "tell node";

    protected override int SizeOf(SliceChange change) => MessageSize.Of(change);

    protected override async Task<Receipt> SendAsync(Batch<SliceChange> part) =>
        await bundles.DeliverAsync(homes.OfNode(node, outgoing.HeardFrom), new SliceDelivery(node, part)) ?? throw new TimeoutException($"{Consumer} did not answer to a batch");
}
