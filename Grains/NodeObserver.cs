using System.Diagnostics;
using MetaCollector.Grains.Interfaces;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;
using MetaCollector.Grains.Interfaces.Tracing;
using MetaCollector.Grains.Slices;

namespace MetaCollector.Grains;

/// <summary>One gateway of a NodeGrain: what it has to be told, and the pump that tells it. Lives on the grain's scheduler.</summary>
/// <remarks>
/// Whatever is due of any slice travels in one message, and a gateway that begins gets all slices of the node in one. Each gateway
/// has a pump of its own: one that is slow delays no other.
/// </remarks>
internal sealed class NodeObserver(INodeObserver reference, SiloAddress silo, NodeConversation node, TimeProvider time) : Pump(time)
{
    /// <summary>The gateway's silo.</summary>
    public SiloAddress Silo => silo;

    /// <summary>As if the gateway said again what it wants.</summary>
    public GatewaySubscription Subscription => new(reference, silo, Conversation.Acknowledged());

    /// <summary>What it has to be told.</summary>
    public ObserverConversation Conversation { get; } = new();

    /// <summary>When it was heard of last, by <see cref="TimeProvider.GetTimestamp"/>.</summary>
    public long RenewedAt { get; set; }

    /// <inheritdoc/>
    protected override async Task<Outcome> SendAsync()
    {
        // Its streams cannot begin before the node is complete, and by then everything fits into a message or two.
        if (Conversation.IsNew && !node.IsComplete) return Outcome.NothingDue;
        var taken = Conversation.Take();
        if (taken.Count == 0) return await CompleteAsync();
        try
        {
            foreach (var message in SliceMessages.Of(taken)) await SendAsync(message);
            return Outcome.Sent;
        }
        catch (Exception exception)
        {
            foreach (var (slice, _) in taken) slice.Fail(exception);
            return Outcome.Failed;
        }
    }

    private async Task SendAsync(IReadOnlyList<SlicePart> message)
    {
        var batches = new Batch<SliceChange>[message.Count];
        Stack<Activity>? traces = null;
        try
        {
            for (var i = 0; i < batches.Length; i++)
            {
                batches[i] = message[i].Batch;
                if (ChangeTrace.Continue("tell gateway", ref batches[i]) is { } traced) (traces ??= []).Push(traced);
            }

            var receipts = await reference.ReceiveAsync(batches);
            for (var i = 0; i < batches.Length; i++)
                if (batches[i].IsLast) message[i].Slice.Complete(receipts[i]);
        }
        finally
        {
            while (traces is not null && traces.TryPop(out var traced)) traced.Dispose();
        }
    }

    private async Task<Outcome> CompleteAsync()
    {
        if (!Conversation.NeedsCompletion || !node.IsComplete) return Outcome.NothingDue;
        try
        {
            Conversation.NeedsCompletion = !await reference.CompleteAsync(Conversation.Acknowledged());
            // It holds something else than it acknowledged: tell it everything, then say so again.
            if (Conversation.NeedsCompletion) Conversation.RequireSnapshots();
            return Outcome.Sent;
        }
        catch (Exception)
        {
            return Outcome.Failed;
        }
    }
}
