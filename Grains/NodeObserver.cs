using MetaCollector.Grains.Interfaces;
using MetaCollector.Grains.Interfaces.Model;
using MetaCollector.Grains.Interfaces.Positions;
using MetaCollector.Grains.Slices;

namespace MetaCollector.Grains;

/// <summary>One gateway of a NodeGrain: what it has to be told, and the pumps that tell it. Lives on the grain's scheduler.</summary>
/// <remarks>A pump for each namespace: each is one conversation with one batch in flight, and a gateway that is slow delays no other.</remarks>
internal sealed class NodeObserver
{
    private readonly INodeObserver _reference;
    private readonly NodeConversation _node;
    private readonly TimeProvider _time;
    private readonly Dictionary<string, Pump<SliceChange>> _pumps = new(StringComparer.Ordinal);
    private Task _completing = Task.CompletedTask;

    /// <summary>For a gateway that nothing was told yet.</summary>
    public NodeObserver(INodeObserver reference, NodeConversation node, TimeProvider time)
    {
        (_reference, _node, _time) = (reference, node, time);
        // The last receipt may be the one that completeness waited for.
        Conversation = new ObserverConversation(() => Kick());
    }

    /// <summary>What it has to be told.</summary>
    public ObserverConversation Conversation { get; }

    /// <summary>When it was heard of last, by <see cref="TimeProvider.GetTimestamp"/>.</summary>
    public long RenewedAt { get; set; }

    /// <summary>Sends whatever is due.</summary>
    /// <param name="atOnce">The gateway was just heard of: cut pauses after failures short.</param>
    public void Kick(bool atOnce = false)
    {
        foreach (var (name, outgoing) in Conversation.Slices)
        {
            if (outgoing.IsIdle) continue;
            if (!_pumps.TryGetValue(name, out var pump))
                _pumps[name] = pump = new Pump<SliceChange>(outgoing, _reference.ReceiveAsync, SliceSize.Of, _time, "tell gateway");
            pump.Kick(atOnce);
        }

        if (_completing.IsCompleted && MayComplete) _completing = CompleteAsync();
    }

    /// <summary>Sends nothing any more.</summary>
    public void Stop()
    {
        foreach (var pump in _pumps.Values) pump.Stop();
        _pumps.Clear();
    }

    /// <summary>Drops the pumps of namespaces that the node has forgotten.</summary>
    public void Prune()
    {
        foreach (var name in _pumps.Keys.Where(name => !Conversation.Slices.ContainsKey(name)).ToArray())
        {
            _pumps[name].Stop();
            _pumps.Remove(name);
        }
    }

    private bool MayComplete => Conversation.NeedsCompletion && _node.IsComplete && Conversation.IsIdle;

    private async Task CompleteAsync()
    {
        await Task.Yield();
        try
        {
            while (MayComplete)
            {
                Conversation.NeedsCompletion = false;
                if (await _reference.CompleteAsync(Conversation.Acknowledged())) continue;
                // It holds something else than it acknowledged: tell it everything, then say so again.
                Conversation.NeedsCompletion = true;
                Conversation.RequireSnapshots();
            }
        }
        catch (Exception)
        {
            // The gateway cannot be reached; its next renewal says that it can.
            Conversation.NeedsCompletion = true;
        }

        foreach (var pump in _pumps.Values) pump.Kick();
    }
}
