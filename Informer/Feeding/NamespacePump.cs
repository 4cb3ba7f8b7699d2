using MetaCollector.Conversation.Diagnostics;
using MetaCollector.Conversation.Sending;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;

namespace MetaCollector.Informer.Feeding;

/// <summary>Sends the grain of one namespace what changed, for one term.</summary>
internal sealed class NamespacePump(NamespaceFeed feed, LeaderTerm term, TimeProvider time, Faults faults) : BatchPump<ResourceChange>(feed, time, faults)
{
    /// <inheritdoc/>
    protected override string Consumer => $"namespace {feed.Name}";

    /// <inheritdoc/>
    protected override string Step => "feed namespace";

    /// <inheritdoc/>
    protected override int SizeOf(ResourceChange change) => MessageSize.Of(change);

    /// <inheritdoc/>
    protected override Task<Receipt> SendAsync(Batch<ResourceChange> part) => term.SendAsync(part, feed.Watched);
}
