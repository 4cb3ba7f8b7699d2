using MetaCollector.Conversation.Diagnostics;
using MetaCollector.Conversation.Sending;

namespace MetaCollector.Informer.Feeding;

/// <summary>Sends the grain of one namespace what changed, for one term.</summary>
internal sealed class NamespacePump(NamespaceFeed feed, LeaderTerm term, TimeProvider time, Faults faults) : BatchPump<ResourceChange>(feed, time, faults)
{
    protected override string Consumer => $"namespace {feed.Name}";

    protected override string Step => "feed namespace";

    protected override int SizeOf(ResourceChange change) => MessageSize.Of(change);

    protected override Task<Receipt> SendAsync(Batch<ResourceChange> part) => term.SendAsync(part, feed.Watched);
}
