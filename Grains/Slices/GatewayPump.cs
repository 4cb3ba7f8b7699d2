using System.Diagnostics;
using MetaCollector.Conversation.Diagnostics;
using MetaCollector.Conversation.Sending;
using MetaCollector.Grains.Interfaces;

namespace MetaCollector.Grains.Slices;

/// <summary>The pump to one gateway of a NodeGrain, and what it has yet to send. Runs on the grain's scheduler.</summary>
/// <remarks>
/// Whatever is due of any slice travels in one message, and a gateway that begins gets all slices of the node in one, with the word that they
/// are all. Each gateway has a pump of its own: one that is slow delays no other.
/// </remarks>
internal sealed class GatewayPump(
    INodeObserver reference, SiloAddress silo, NodeState node, TimeProvider time, Faults faults, string name) : Pump(time, faults)
{
    public SiloAddress Silo => silo;

    /// <summary>The subscription that the gateway would send if it renewed now.</summary>
    public GatewaySubscription Subscription => new(reference, silo, Outgoing.Acknowledged());

    public GatewayOutgoing Outgoing { get; } = new();

    /// <summary>When the gateway last renewed, by <see cref="TimeProvider.GetTimestamp"/>.</summary>
    public long RenewedAt { get; set; }

    protected override string Consumer => $"a gateway of node {name} on silo {silo}";

    protected override async Task<Outcome> SendAsync()
    {
        // Waits until the node is complete: its streams cannot begin before, and then one or two messages carry everything.
        if (Outgoing.IsNew && !node.IsComplete) return Outcome.NothingDue;
        try
        {
            var completes = Outgoing.NeedsCompletion && node.IsComplete;
            var taken = Outgoing.Take();
            if (taken.Count == 0 && !completes) return Outcome.NothingDue;
            IReadOnlyList<SlicePart>[] messages = [.. SliceMessages.Of(taken)];
            for (var i = 0; i < messages.Length; i++)
                if (!await TrySendAsync(messages[i], completes && i == messages.Length - 1)) return Failed();
            return Outcome.Sent;
        }
        catch (Exception)
        {
            Failed();
            throw;
        }
    }

    private Outcome Failed()
    {
        Outgoing.Fail();
        return Outcome.Failed;
    }

    private async Task<bool> TrySendAsync(IReadOnlyList<SlicePart> message, bool completes)
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

            if (await ReceiptAsync(batches, completes ? Outgoing.Expected() : null) is not { } receipt) return false;
            for (var i = 0; i < batches.Length; i++)
                if (batches[i].IsLast) message[i].Slice.Complete(receipt.Batches[i]);
            if (!completes) return true;
            Outgoing.NeedsCompletion = !receipt.IsComplete;
            // It holds something else than it acknowledged: tell it everything, then say so again.
            if (Outgoing.NeedsCompletion) Outgoing.RequireSnapshots();
            return true;
        }
        finally
        {
            while (traces is not null && traces.TryPop(out var traced)) traced.Dispose();
        }
    }

    // Null where the gateway could not be reached, or could not apply them.
    private async Task<GatewayReceipt?> ReceiptAsync(Batch<SliceChange>[] batches, NamespacePosition[]? complete)
    {
        try
        {
            return await reference.ReceiveAsync(batches, complete);
        }
        catch (Exception)
        {
            return null;
        }
    }
}
