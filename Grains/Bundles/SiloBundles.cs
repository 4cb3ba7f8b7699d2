using MetaCollector.Conversation.Sending;
using MetaCollector.Grains.Interfaces;
using MetaCollector.Grains.Interfaces.Bundles;
using MetaCollector.Grains.Interfaces.Leadership;

namespace MetaCollector.Grains.Bundles;

/// <summary>
/// Sends what the grains of this silo send to other grains and to the leader, in bundles: the number of messages between two silos depends on
/// the amount of content and hardly on the number of grains. Needs no message for grains of this silo. One instance per silo; thread-safe.
/// </summary>
internal sealed class SiloBundles
{
    // Rough size of a question, a name and a position in a message.
    private const int QuestionBytes = 96;

    private readonly Bundler<SliceDelivery, Receipt?> _deliveries;
    private readonly Bundler<SliceQuery, Position> _queries;
    private readonly Bundler<string, NodeInventory> _nodes;
    private readonly Bundler<NamespacePosition, NamespaceVerdict> _namespaces;

    public SiloBundles(ILocalSiloDetails self, BundleReceiver here, ISilos<IBundleService> bundles, ISilos<ILeaderService> leaders, TimeProvider time)
    {
        _deliveries = new((silo, items) => IsSelf(silo) ? here.DeliverAsync(items) : bundles.At(silo).DeliverAsync(items),
            delivery => QuestionBytes + MessageSize.Of(delivery.Batch), time);
        _queries = new(
            (silo, items) => IsSelf(silo) ? here.VerifySlicesAsync(items, silo) : bundles.At(silo).VerifySlicesAsync(items, self.SiloAddress),
            query => QuestionBytes + query.Namespace.Length + query.Node.Length, time);
        _nodes = new((leader, nodes) => leaders.At(leader).GetNodesAsync(nodes), node => QuestionBytes + node.Length, time);
        _namespaces = new((leader, held) => leaders.At(leader).VerifyNamespacesAsync(held), held => QuestionBytes + held.Namespace.Length, time);

        bool IsSelf(SiloAddress silo) => silo.Equals(self.SiloAddress);
    }

    /// <summary>Hands a batch to the grain of a node.</summary>
    /// <param name="silo">Where that grain lives, as far as is known.</param>
    /// <param name="delivery">The node, and the batch.</param>
    /// <returns>The answer; null where the grain failed or did not answer in time.</returns>
    public Task<Receipt?> DeliverAsync(SiloAddress silo, SliceDelivery delivery) => _deliveries.SendAsync(silo, delivery);

    /// <summary>Asks the grain of a namespace whether a node's slice is current.</summary>
    /// <param name="silo">Where that grain lives, as far as is known.</param>
    /// <param name="query">The question.</param>
    /// <returns>The position as of which it is current; <see cref="Position.None"/> if it is not, or the grain did not answer in time.</returns>
    public Task<Position> VerifySliceAsync(SiloAddress silo, SliceQuery query) => _queries.SendAsync(silo, query);

    /// <inheritdoc cref="ILeader.GetNode"/>
    /// <exception cref="NotLeadingException">That silo does not lead, or its leader is not in sync yet.</exception>
    public Task<NodeInventory> GetNodeAsync(SiloAddress leader, string node) => _nodes.SendAsync(leader, node);

    /// <inheritdoc cref="ILeader.VerifyNamespace"/>
    /// <param name="leader">The leader's silo.</param>
    /// <param name="held">The namespace, and the position that its grain holds.</param>
    /// <exception cref="NotLeadingException">That silo does not lead, or its leader is not in sync yet.</exception>
    public Task<NamespaceVerdict> VerifyNamespaceAsync(SiloAddress leader, NamespacePosition held) => _namespaces.SendAsync(leader, held);
}
